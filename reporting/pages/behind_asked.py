"""What the address of the rows behind a figure asks for, and what can be taken away from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from governance.ui.format import NOTHING
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from kpis.choices import EffectKind
from kpis.figures.rules import VALUE_KINDS
from kpis.pages.charts import month_label
from kpis.pages.publishing import AS
from kpis.pages.rating import RATE
from kpis.rates.choices import RateBasis
from kpis.rules import Month, month_of
from reporting.behind.figures import Figure, Wanted
from reporting.behind.selectors import By, Spot
from reporting.pages.asked import NarrowingForm, PageFrame, asked_for
from reporting.selectors import portfolio_paths

MOST_PAGES = 10**6


class MonthField(forms.CharField):
    """A month such as `2026-01`."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        month = month_of(text) if text else None
        if text and month is None:
            raise forms.ValidationError(_("A month, such as 2026-07."))
        return month


class BehindForm(forms.Form):
    """Which figure (identified without any), and of what alone; empty means all."""

    figure = forms.ChoiceField(choices=Figure.choices, required=False)
    kind = forms.ChoiceField(choices=[(k.value, k.label) for k in VALUE_KINDS], required=False)
    stage = forms.ChoiceField(choices=Stage.choices, required=False)
    overlay = forms.ChoiceField(choices=Overlay.choices, required=False)
    by = forms.ChoiceField(choices=[(one.value, one.value) for one in By], required=False)
    page = forms.IntegerField(min_value=1, max_value=MOST_PAGES, required=False)

    def __init__(self, data: QueryDict | dict[str, Any]) -> None:
        super().__init__(data)
        for name in ("from", "to"):
            self.fields[name] = MonthField(required=False)

    @property
    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(
            Figure(data["figure"] or Figure.IDENTIFIED),
            EffectKind(data["kind"]) if data["kind"] else None,
            Stage(data["stage"]) if data["stage"] else None,
            Overlay(data["overlay"]) if data["overlay"] else None,
            data["from"] or None,
            data["to"] or None,
        )


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is set, in the reader's words, and the address without it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What an address asks for; no node means all that a person sees."""

    frame: PageFrame
    node: Node | None
    spot: Spot
    wanted: Wanted
    by: By | None
    page: int

    @property
    def given(self) -> dict[str, str]:
        """What narrows the figure, as addresses spell it."""
        wanted = self.wanted
        words = {
            "kind": wanted.kind,
            "stage": wanted.stage,
            "overlay": wanted.overlay,
            "from": wanted.first,
            "to": wanted.last,
            "by": self.by,
        }
        return {name: str(word) for name, word in words.items() if word}

    def url(self, **changes: str) -> str:
        """The page with something else in its address; an empty word takes away."""
        return self.frame.behind(self.wanted.figure, **(self.given | changes))

    @property
    def csv_url(self) -> str:
        """All rows as a file."""
        page = reverse("reporting:behind", args=[self.frame.tenant.slug, self.frame.code])
        file = reverse("reporting:behind-csv", args=[self.frame.tenant.slug, self.frame.code])
        return self.url().replace(page, file, 1)

    @property
    def home_url(self) -> str:
        """The page that shows the figure."""
        slug = self.frame.tenant.slug
        if self.node is None:
            return self.frame.asked.kept_in(reverse("reporting:portfolio", args=[slug]))
        page = reverse("reporting:node-totals", args=[slug, self.node.code])
        return self.frame.asked.kept_in(page)


def shown_of(request: TenantRequest, code: str) -> Shown:
    """What a request asks for; by the tenant's slug all that a person sees.

    Raises `Invalid` by field, and `NotVisible`.
    """
    tenant, by, asked = request.tenant, request.actor, asked_for(request.GET)
    form = BehindForm(request.GET)
    if not form.is_valid():
        raise Invalid({name: [str(t) for t in texts] for name, texts in form.errors.items()})
    node = None if code == tenant.slug else node_by_code(code, by=by)
    paths: Sequence[str] = portfolio_paths(by) if node is None else [node.path]
    level = Level.TENANT if node is None else node.known_level
    chosen, page = form.cleaned_data["by"], form.cleaned_data["page"]
    return Shown(
        PageFrame(tenant, level, code, asked, get_language() or "en"),
        node,
        Spot(paths, tenant, asked.basis, asked.reading(paths)),
        form.wanted,
        By(chosen) if chosen else None,
        page or 1,
    )


def chips(shown: Shown) -> list[Chip]:
    """Everything that narrows the figure besides its place, each with the way to take it away."""
    wanted, asked = shown.wanted, shown.frame.asked
    found = []
    if wanted.kind is not None:
        found.append(Chip(_("Kind"), str(wanted.kind.label), shown.url(kind="")))
    if wanted.stage is not None:
        found.append(Chip(_("Stage"), str(wanted.stage.label), shown.url(stage="")))
    if wanted.overlay is not None:
        found.append(Chip(_("Overlay"), str(wanted.overlay.label), shown.url(overlay="")))
    if wanted.first or wanted.last:
        found.append(Chip(_("Months"), _span(wanted), shown.url(**{"from": "", "to": ""})))
    for name, word in asked.narrowing.given.items():
        label = str(NarrowingForm.base_fields[name].label)
        found.append(Chip(label, word, shown.url(**{name: ""})))
    if asked.basis is not RateBasis.PLAN:
        found.append(Chip(_("Exchange rates"), str(asked.basis.label), shown.url(**{RATE: ""})))
    if asked.as_published:
        found.append(Chip(_("Restatements"), str(asked.view.label), shown.url(**{AS: ""})))
    return found


def _span(wanted: Wanted) -> str:
    months: list[Month | None] = [wanted.first, wanted.last]
    first, last = (month_label(month) if month else "…" for month in months)
    return first if first == last else f"{first} {NOTHING} {last}"

"""What the address of the portfolio page or of a node's totals asks for, and links that keep it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import Invalid
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.web.forms import LineField
from kpis.pages.publishing import AS, chosen_view
from kpis.pages.rating import RATE, chosen_basis
from kpis.rates.choices import RateBasis
from kpis.restatements.choices import ReportView
from kpis.rules import FIRST_YEAR, LAST_YEAR, months_of_fiscal_year, year_label
from reporting.behind.figures import Figure
from reporting.narrowing import Narrowing, reading_of
from reporting.rollups.reading import Reading
from reporting.selectors import portfolio_paths

YEAR = "year"
# The page under which its views are saved.
PORTFOLIO = "portfolio"


@dataclass(frozen=True, slots=True)
class Asked:
    """By which rates, with restatements or without, of which fiscal year, and whose measures.

    No year means all of them. `home` is how the page itself is opened without asking for anything,
    where a bare address would open with a preferred view.
    """

    basis: RateBasis = RateBasis.PLAN
    view: ReportView = ReportView.CURRENT
    year: int | None = None
    narrowing: Narrowing = field(default_factory=Narrowing)
    home: str = ""

    @property
    def as_published(self) -> bool:
        return self.view is ReportView.PUBLISHED

    @property
    def given(self) -> dict[str, str]:
        """The parameters that differ from what a plain address shows."""
        found = {}
        if self.basis is not RateBasis.PLAN:
            found[RATE] = self.basis.value
        if self.view is not ReportView.CURRENT:
            found[AS] = self.view.value
        if self.year is not None:
            found[YEAR] = str(self.year)
        return found | self.narrowing.given

    def reading(self, paths: Sequence[str]) -> Reading:
        """How places are read; raises `TooMany` where a filter leaves too many measures."""
        return reading_of(self.narrowing, paths, as_published=self.as_published)

    def kept_in(self, url: str, **changes: str) -> str:
        """An address that asks for the same, but for what is changed; an empty word takes away."""
        given = {name: word for name, word in (self.given | changes).items() if word}
        if given:
            return f"{url}?{urlencode(given)}"
        return self.home if self.home.partition("?")[0] == url else url


class NarrowingForm(forms.Form):
    """Whose measures count; empty means all."""

    business_unit = LineField(label=gettext_lazy("Business unit"), required=False, max_length=50)
    function = LineField(label=gettext_lazy("Function"), required=False, max_length=50)
    legal_entity = LineField(label=gettext_lazy("Legal entity"), required=False, max_length=50)
    owner = LineField(label=gettext_lazy("Owner"), required=False, max_length=254)


def asked_for(query: QueryDict) -> Asked:
    """What an address asks for; raises `Invalid` naming what there is not."""
    form = NarrowingForm(query)
    if not form.is_valid():
        raise Invalid({name: [str(t) for t in texts] for name, texts in form.errors.items()})
    narrowing = Narrowing(**form.cleaned_data)
    return Asked(chosen_basis(query), chosen_view(query), _year(query.get(YEAR, "")), narrowing)


def check_address(query: QueryDict, by: Actor) -> None:
    """Raise what the portfolio page would raise for an address."""
    asked_for(query)
    portfolio_paths(by)


def _year(text: str) -> int | None:
    if not text:
        return None
    is_year = text.isascii() and text.isdigit() and len(text) == len(str(LAST_YEAR))
    if is_year and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    limits = {"first": FIRST_YEAR, "last": LAST_YEAR}
    raise Invalid({YEAR: [_("A year between %(first)s and %(last)s.") % limits]})


@dataclass(frozen=True, slots=True)
class PageFrame:
    """Whose figures a page shows, what was asked for, and in which language."""

    tenant: Tenant
    level: Level
    code: str
    asked: Asked
    language: str

    def measures(self, **given: str) -> str:
        """The list of measures of the place, narrowed to the rows behind a figure."""
        place = {} if self.is_whole else {self.level.word: self.code}
        url = reverse("initiatives:measures", args=[self.tenant.slug])
        return self.plain(url, **place, **self.asked.narrowing.given, **given)

    def behind(self, figure: Figure, **given: str) -> str:
        """The rows that a figure of the place is made of; of the year only what `given` says."""
        url = reverse("reporting:behind", args=[self.tenant.slug, self.code])
        return self.asked.kept_in(url, **{YEAR: "", "figure": figure.value, **given})

    def overdue(self, stage: str) -> str:
        """The overdue decisions about measures of a stage of the place."""
        url = reverse("initiatives:decisions", args=[self.tenant.slug])
        place = "" if self.is_whole else self.code
        given = self.asked.narrowing.given
        return self.plain(url, tab="open", overdue="1", stage=stage, place=place, **given)

    def plan_of(self, year: int) -> str:
        """What is planned in a fiscal year, by class."""
        months = months_of_fiscal_year(year, self.start)
        return self.behind(Figure.PLAN, **{"from": str(months[0]), "to": str(months[-1])})

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole tenant, or all that a person sees of it."""
        return self.level is Level.TENANT

    @staticmethod
    def plain(url: str, **query: str) -> str:
        """An address with parameters of its own; empty ones are left out."""
        given = {name: word for name, word in query.items() if word}
        return f"{url}?{urlencode(given)}" if given else url

    @property
    def start(self) -> int:
        """The month in which a fiscal year begins."""
        return self.tenant.fiscal_year_start

    def of_node(self, node: Node) -> "PageFrame":
        """The frame of another place, which asks for the same."""
        return replace(self, level=node.known_level, code=node.code)

    def address(self, name: str) -> str:
        """An address of this app about the same place, which asks for the same."""
        return self.asked.kept_in(reverse(f"reporting:{name}", args=[self.tenant.slug, self.code]))

    def year_label(self, year: int) -> str:
        return year_label(year, self.tenant.fiscal_year_start)

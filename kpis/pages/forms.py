"""Forms of value: the months of one effect's fiscal year, spreading an amount, a new effect."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.people.models import Membership
from governance.people.selectors import member_by_email
from governance.ui.amounts import shown_amount
from governance.web.forms import AmountField, LineField
from initiatives.pages.measure_forms import Section
from initiatives.pages.seen import SeenForm
from kpis.choices import EffectClass, EffectKind
from kpis.models import Effect, Metric
from kpis.rules import Month, month_of
from kpis.services import MONTH_FAULT, EffectDraft


class MonthsForm(SeenForm):
    """The plan of one effect in one fiscal year; fields are named like their months, `2026-01`."""

    def __init__(
        self,
        data: Any = None,
        *,
        effect: Effect,
        months: Sequence[Month],
        amounts: Mapping[Month, Decimal],
    ) -> None:
        language, decimals = get_language() or "en", effect.metric.decimals
        texts = {
            str(month): shown_amount(amounts.get(month), language, decimals) for month in months
        }
        super().__init__(data, current=texts)
        for month in months:
            label = f"{MONTHS[month.number]} {month.year}"
            self.fields[str(month)] = AmountField(decimals=decimals, label=label)
        self.initial["seen_version"] = effect.version

    def month_fields(self) -> list[forms.BoundField]:
        """The inputs of the months in order."""
        return [self[name] for name in self.current]

    def cells(self) -> dict[str, str | None]:
        """Months that the person changed, as the service takes them."""
        return {
            name: None if amount is None else format(amount, "f")
            for name, amount in self.changes().items()
        }


class SpreadForm(forms.Form):
    """An amount to be filled into a run of months."""

    def __init__(self, data: Any = None, *, effect: Effect, months: Sequence[Month]) -> None:
        super().__init__(data, prefix="spread")
        names = [(str(m), f"{MONTHS[m.number]} {m.year}") for m in months]
        self.fields["amount"] = AmountField(
            decimals=effect.metric.decimals, label=_("Amount"), max_length=60
        )
        self.fields["first"] = forms.ChoiceField(
            label=_("From"), choices=names, initial=names[0][0]
        )
        self.fields["last"] = forms.ChoiceField(label=_("To"), choices=names, initial=names[-1][0])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "amount" in data and data["amount"] is None:
            self.add_error("amount", _("Write the amount to be spread."))
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("This month lies before the first one."))
        return data


def owner_field() -> LineField:
    """Who answers for an effect, by e-mail."""
    return LineField(
        label=gettext_lazy("Effect owner"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("The e-mail address of a member; never the controller's (S2)."),
    )


def start_field() -> LineField:
    """The start rule of an effect, as a month."""
    return LineField(
        label=gettext_lazy("Start of the run-rate"),
        required=False,
        max_length=7,
        help_text=gettext_lazy("The first month of recurring value in full, such as 2026-07."),
    )


def member_in(email: str) -> Membership:
    """The member of an address that was typed."""
    try:
        return member_by_email(email, field="owner")
    except Invalid as error:
        raise ValidationError([str(text) for text in error.errors["owner"]]) from error


def first_day_in(text: str) -> date | None:
    """The first day of a month that was typed; None for nothing."""
    if not text:
        return None
    month = month_of(text)
    if month is None:
        raise ValidationError(str(MONTH_FAULT))
    return month.first_day


class EffectForm(forms.Form):
    """A new effect of a measure."""

    metric = forms.ChoiceField(label=gettext_lazy("Metric"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=EffectKind.choices)
    effect_class = forms.ChoiceField(
        label=gettext_lazy("Class"),
        choices=EffectClass.choices,
        help_text=gettext_lazy(
            "Hard savings show in the books; avoidance does not. Unsplit counts as avoidance."
        ),
    )
    currency = LineField(
        label=gettext_lazy("Currency"),
        required=False,
        max_length=3,
        help_text=gettext_lazy(
            "Three letters, such as EUR; ignored where the metric is not money."
        ),
    )
    name = LineField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Tells effects apart that are otherwise alike."),
    )

    owner = owner_field()
    run_rate_start = start_field()

    def __init__(self, data: Any = None, *, metrics: Sequence[Metric], currency: str) -> None:
        super().__init__(data, initial={"currency": currency})
        self.metrics = {metric.code: metric for metric in metrics}
        field = self.fields["metric"]
        field.widget.choices = field.choices = [(m.code, m.name) for m in metrics]  # type: ignore[attr-defined]  # a choice field

    def clean_owner(self) -> Membership | None:
        email = self.cleaned_data["owner"]
        return member_in(email) if email else None

    def clean_run_rate_start(self) -> date | None:
        return first_day_in(self.cleaned_data["run_rate_start"])

    @property
    def sections(self) -> list[Section]:
        return [Section("", self.visible_fields())]

    @property
    def draft(self) -> EffectDraft:
        data = self.cleaned_data
        return EffectDraft(
            metric=self.metrics[data["metric"]],
            kind=EffectKind(data["kind"]),
            effect_class=EffectClass(data["effect_class"]),
            currency=data["currency"],
            name=data["name"],
            owner=data["owner"],
            run_rate_start=data["run_rate_start"],
        )

"""The forms of exceptions: opening one, assigning it, asking, deciding, verifying."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.exceptions.choices import Category, ExceptionOutcome
from approvals.exceptions.models import TITLE_LENGTH, GovernanceException
from approvals.exceptions.services.handling import MOST_OPTIONS, OPTION_LENGTH, Option
from approvals.exceptions.services.opening import MONEY_DECIMALS, MOST_DAYS, MOST_REACH
from governance.ui.amounts import shown_amount
from governance.web.forms import AmountField, LineField, ProseField, VersionedForm
from governance.web.serializers import CODE_LENGTH, EMAIL_LENGTH

FEWEST_ROWS, MORE_ROWS, ROW_DIGITS = 2, 2, 3
MORE = "more"


class OpeningForm(forms.Form):
    """An exception opened by hand; fields are named as the service names them."""

    about = LineField(
        label=gettext_lazy("Concerns"),
        max_length=CODE_LENGTH,
        help_text=gettext_lazy("Code of a measure or a place, such as M-000123 or PG-001."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    title = LineField(
        label=gettext_lazy("What happened"),
        max_length=TITLE_LENGTH,
        help_text=gettext_lazy("In one line, as it will stand in lists."),
    )
    description = ProseField(label=gettext_lazy("What is known of it"), required=False)
    category = forms.ChoiceField(label=gettext_lazy("Category"), choices=Category.choices)
    amount = AmountField(
        decimals=MONEY_DECIMALS,
        label=gettext_lazy("Money at stake"),
        help_text=gettext_lazy("In the tenant's currency; leave it empty where nobody knows."),
    )
    delay_days = forms.IntegerField(
        label=gettext_lazy("Delay in days"), min_value=0, max_value=MOST_DAYS, initial=0
    )
    reach = forms.IntegerField(
        label=gettext_lazy("Reach"),
        min_value=1,
        max_value=MOST_REACH,
        initial=1,
        help_text=gettext_lazy("How many places or functions it concerns, this one included."),
    )


class AssignForm(VersionedForm):
    """Who owns an exception."""

    owner = LineField(
        label=gettext_lazy("Owner"),
        max_length=EMAIL_LENGTH,
        help_text=gettext_lazy("The e-mail address of the member who answers for it."),
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )


class AskForm(VersionedForm):
    """What is to be decided, and the ways out; their rows grow with `add rows`."""

    ask = ProseField(
        label=gettext_lazy("What is to be decided"),
        help_text=gettext_lazy("So that somebody can answer it without asking back."),
    )

    def __init__(self, data: Any = None, *, row: GovernanceException, language: str) -> None:
        initial: dict[str, Any] = {"seen_version": row.version, "ask": row.ask}
        for at, option in enumerate(row.options):
            initial |= {f"options.{at}.{name}": option[name] or "" for name in option}
        super().__init__(data, initial=initial)
        self.language, self.count = language, self._count(len(row.options))
        for at in range(self.count):
            self._add_row(at)

    def _count(self, kept: int) -> int:
        """How many rows stand in the form: as many as were sent, within the limits."""
        typed = str(self.data.get("rows", "")) if self.is_bound else str(kept)
        shown = int(typed) if typed.isdecimal() and len(typed) <= ROW_DIGITS else FEWEST_ROWS
        if self.is_bound and MORE in self.data:
            shown += MORE_ROWS
        return max(FEWEST_ROWS, min(shown, MOST_OPTIONS))

    def _add_row(self, at: int) -> None:
        number = {"number": at + 1}
        self.fields[f"options.{at}.outcome"] = forms.ChoiceField(
            label=_("Option %(number)s") % number,
            required=False,
            choices=[("", _("Choose how it would end")), *ExceptionOutcome.choices],
        )
        self.fields[f"options.{at}.text"] = LineField(
            label=_("In words"), required=False, max_length=OPTION_LENGTH
        )
        self.fields[f"options.{at}.amount"] = AmountField(
            decimals=MONEY_DECIMALS, label=_("Its money")
        )
        name = f"options.{at}.amount"
        if kept := self.initial.get(name):
            self.initial[name] = shown_amount(Decimal(kept), self.language, MONEY_DECIMALS)

    def option_rows(self) -> Iterable[list[forms.BoundField]]:
        """The fields of each option."""
        for at in range(self.count):
            yield [self[f"options.{at}.{name}"] for name in ("outcome", "text", "amount")]

    def options(self) -> list[Option]:
        """The options of a valid form; rows left empty do not count."""
        data = self.cleaned_data
        names = ("outcome", "text", "amount")
        rows = (
            Option(*(data[f"options.{at}.{name}"] for name in names)) for at in range(self.count)
        )
        return [row for row in rows if row.outcome or row.text or row.amount is not None]


class DecideForm(VersionedForm):
    """One of the seven outcomes, and why."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=ExceptionOutcome.choices,
        widget=forms.RadioSelect,
    )
    rationale = ProseField(label=gettext_lazy("Why"))


class VerifyForm(VersionedForm):
    """That what was decided has been done."""

    note = ProseField(label=gettext_lazy("What you have seen"), required=False, rows=3)

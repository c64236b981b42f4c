"""Forms of a decision: the vote with its conditions, stepping back, taking back, accepting."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.choices import Outcome, ReasonCode
from approvals.services.conditions import CONDITION_LENGTH, MOST_CONDITIONS, ConditionDraft
from approvals.services.votes import NEEDS_REASON, VoteDraft
from governance.errors import Conflict, DomainError, Forbidden, Invalid
from governance.people.models import Membership
from governance.web.forms import AmountField, DayField, LineField, ProseField
from governance.web.refusals import refusal_text
from initiatives.pages.directory import PersonField

FEWEST_ROWS, MORE_ROWS = 3, 3
ROW_DIGITS = 3
DECIMALS = 4
MORE = "more"


class VoteForm(forms.Form):
    """What somebody says to a request; the rows of conditions grow with `add a row`."""

    snapshot_hash = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    on_behalf_of = forms.CharField(widget=forms.HiddenInput, max_length=254, required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Your decision"), widget=forms.RadioSelect)
    rationale = ProseField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Stands in the record for good, with your name."),
    )
    reason_code = forms.ChoiceField(
        label=gettext_lazy("Reason code"),
        required=False,
        help_text=gettext_lazy("Needed for anything but a go."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        outcomes: Sequence[Outcome],
        people: list[Membership] | None = None,
        closes: bool = False,
        initial: Mapping[str, Any] | None = None,
        count: int = FEWEST_ROWS,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.fields["outcome"].choices = [(o.value, o.label) for o in outcomes]  # type: ignore[attr-defined]  # a choice field
        reasons = [("", _("Choose …")), *ReasonCode.choices]
        self.fields["reason_code"].choices = reasons  # type: ignore[attr-defined]  # a choice field
        if closes:
            self.fields["reason_code"].help_text = _(
                "Needed for a send-back, and where you confirm less than the baseline's floor."
            )
            self.fields["confirmed_amount"] = AmountField(
                decimals=DECIMALS,
                label=_("Amount you confirm"),
                help_text=_("No higher than the validated months support."),
            )
        self.count = self._count(count) if Outcome.CONDITIONAL_GO in outcomes else 0
        for index in range(self.count):
            self._add_row(index, people)

    def _count(self, count: int) -> int:
        """How many rows stand in the form: as many as were sent, within the limits."""
        typed = str(self.data.get("rows", "")) if self.is_bound else str(count)
        shown = int(typed) if typed.isdecimal() and len(typed) <= ROW_DIGITS else FEWEST_ROWS
        return max(FEWEST_ROWS, min(shown, MOST_CONDITIONS))

    def _add_row(self, index: int, people: list[Membership] | None) -> None:
        label = _("Condition %(number)s") % {"number": index + 1}
        self.fields[f"conditions.{index}.text"] = LineField(
            label=label, required=False, max_length=CONDITION_LENGTH
        )
        self.fields[f"conditions.{index}.owner"] = PersonField(
            people, None, label=_("Who meets it")
        )
        self.fields[f"conditions.{index}.due_on"] = DayField(label=_("Due on"), required=False)

    def condition_rows(self) -> Iterable[list[forms.BoundField]]:
        for index in range(self.count):
            yield [self[f"conditions.{index}.{name}"] for name in ("text", "owner", "due_on")]

    @property
    def has_conditions(self) -> bool:
        """Whether any of it was typed, or is wrong: then it is shown unfolded."""
        return self.is_bound or any(name.startswith("conditions.") for name in self.initial)

    def main_fields(self) -> list[forms.BoundField]:
        """The fields besides conditions, in the order they are filled in."""
        names = ("outcome", "confirmed_amount", "rationale", "reason_code")
        return [self[name] for name in names if name in self.fields]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("outcome") in NEEDS_REASON and not data.get("reason_code"):
            self.add_error("reason_code", _("Choose a reason."))
        for index in range(self.count):
            given = {n: data.get(f"conditions.{index}.{n}") for n in ("text", "owner", "due_on")}
            if not any(given.values()):
                continue
            for name, value in given.items():
                field = f"conditions.{index}.{name}"
                if not value and field not in self.errors:
                    self.add_error(field, _("A condition needs a text, an owner and a due day."))
        return data

    def draft(self, on_behalf_of: int | None) -> VoteDraft:
        data = self.cleaned_data
        conditions = [
            ConditionDraft(
                data[f"conditions.{index}.text"],
                data[f"conditions.{index}.owner"],
                data[f"conditions.{index}.due_on"],
            )
            for index in self._filled()
        ]
        amount: Decimal | None = data.get("confirmed_amount")
        return VoteDraft(
            outcome=Outcome(data["outcome"]),
            rationale=data["rationale"],
            snapshot_hash=data["snapshot_hash"],
            reason_code=data["reason_code"],
            confirmed_amount=amount,
            conditions=conditions,
            on_behalf_of=on_behalf_of,
        )

    def _filled(self) -> list[int]:
        return [n for n in range(self.count) if self.cleaned_data.get(f"conditions.{n}.text")]

    def refuse(self, error: DomainError) -> int:
        """Show a refusal in the form, in words; the status to answer with."""
        if not isinstance(error, Invalid):
            self.add_error(None, refusal_text(error))
            return error.status
        filled = self._filled()
        for name, texts in error.errors.items():
            field = self._field(name, filled)
            self.add_error(field, [str(text) for text in texts])
        return 422

    def _field(self, name: str, filled: list[int]) -> str | None:
        """Where a service's field stands in the form; its conditions are the rows filled in."""
        head, *rest = name.split(".")
        if head != "conditions":
            return name if name in self.fields else None
        if rest and rest[0].isdecimal() and int(rest[0]) < len(filled):
            return ".".join([head, str(filled[int(rest[0])]), *rest[1:]])
        return "conditions.0.text" if self.count else None


class RecuseForm(forms.Form):
    """Why somebody steps back."""

    reason = ProseField(
        label=gettext_lazy("Why you step back"),
        max_length=200,
        rows=2,
        help_text=gettext_lazy("For example: a relative works for the supplier."),
    )


class WithdrawForm(forms.Form):
    """A word on taking a request back."""

    comment = ProseField(label=gettext_lazy("Comment"), required=False, rows=3)


class ConditionForm(forms.Form):
    """What was seen when a condition was accepted."""

    note = ProseField(label=gettext_lazy("What you have seen"), required=False, rows=3)


def refused_in(form: forms.Form, error: DomainError) -> int:
    """Show a refusal in a short form; the status to answer with."""
    if not isinstance(error, Invalid):
        form.add_error(None, refusal_text(error))
        return error.status
    for name, texts in error.errors.items():
        form.add_error(name if name in form.fields else None, [str(text) for text in texts])
    return 422


SHOWN_IN_FORM = (Invalid, Conflict, Forbidden)

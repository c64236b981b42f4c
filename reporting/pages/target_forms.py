"""The forms that propose a target and decide on one (H7)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import Invalid
from governance.people.models import Membership
from governance.people.selectors import member_by_email
from governance.web.forms import AmountField, LineField
from governance.web.serializers import EMAIL_LENGTH
from kpis.models import Metric
from kpis.rules import DECIMALS, FIRST_YEAR, LAST_YEAR
from kpis.targets.choices import TARGET_KIND_CHOICES
from kpis.targets.rules import REASON_LENGTH
from kpis.targets.services import TargetDraft

DECISIONS = ("approve", "refuse", "withdraw")


class TargetForm(forms.Form):
    """A target to be proposed; fields are named as the service names them."""

    metric = forms.ChoiceField(label=gettext_lazy("Metric"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=TARGET_KIND_CHOICES,
        help_text=gettext_lazy("Recurring: a run-rate per year. One-off: a sum. They never add."),
    )
    fiscal_year = forms.IntegerField(
        label=gettext_lazy("Fiscal year"), min_value=FIRST_YEAR + 1, max_value=LAST_YEAR
    )
    amount = AmountField(
        label=gettext_lazy("Target amount"),
        decimals=DECIMALS,
        help_text=gettext_lazy("What should be bankable by the end of the year."),
    )
    gap_owner = LineField(
        label=gettext_lazy("Owner of the gap"),
        max_length=EMAIL_LENGTH,
        help_text=gettext_lazy("The e-mail address of the member who answers for what is missing."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, data: Any = None, *, metrics: Sequence[Metric], initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial)
        self.metrics = {metric.code: metric for metric in metrics}
        field = self.fields["metric"]
        field.widget.choices = field.choices = [(m.code, m.name) for m in metrics]  # type: ignore[attr-defined]  # a choice field

    def clean_amount(self) -> Decimal:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None:
            raise ValidationError(_("This is required."))
        return amount

    def clean_gap_owner(self) -> Membership:
        try:
            return member_by_email(self.cleaned_data["gap_owner"], field="gap_owner")
        except Invalid as error:
            raise ValidationError([str(text) for text in error.errors["gap_owner"]]) from error

    @property
    def draft(self) -> TargetDraft:
        """What a valid form says."""
        given = dict(self.cleaned_data)
        return TargetDraft(metric=self.metrics[given.pop("metric")], **given)


class DecisionForm(forms.Form):
    """One word about a proposal, with a remark; a refusal needs one."""

    action = forms.ChoiceField(choices=[(word, word) for word in DECISIONS])
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("A refusal says why."),
    )

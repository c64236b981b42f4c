"""Forms of actuals: a verdict on one claim, the fields of an effect that stands."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import Forbidden
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.web.forms import AmountField, LineField, refusals_in
from governance.web.refusals import refusal_text
from initiatives.pages.seen import SeenForm
from kpis.actuals.choices import Outcome
from kpis.actuals.services.validations import REASON_LENGTH, Verdict, claim_validate
from kpis.choices import EffectClass, EffectKind
from kpis.models import Effect
from kpis.pages.forms import first_day_in, member_in, owner_field, start_field
from kpis.rules import Month

VERDICTS = [
    ("", gettext_lazy("Not yet")),
    (Outcome.VALIDATED.value, gettext_lazy("Validate")),
    (Outcome.ADJUSTED.value, gettext_lazy("Adjust")),
    (Outcome.REJECTED.value, gettext_lazy("Reject")),
]


class VerdictForm(forms.Form):
    """What finance says of the claim of one month; an empty one says nothing."""

    outcome = forms.ChoiceField(label=gettext_lazy("Verdict"), choices=VERDICTS, required=False)
    reason = LineField(label=gettext_lazy("Reason"), required=False, max_length=REASON_LENGTH)
    claimed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(
        self,
        data: Any = None,
        *,
        effect: Effect,
        month: Month,
        claimed: Decimal,
        prefix: str,
        is_locked: bool = False,
    ) -> None:
        super().__init__(data, prefix=prefix, initial={"claimed": format(claimed, "f")})
        if is_locked:
            # V4: what was claimed in time is validated as it was claimed, or not at all.
            self.fields["outcome"].choices = VERDICTS[:2]  # type: ignore[attr-defined]  # a choice field
        self.effect, self.month, self.amount = effect, month, claimed
        self.fields["amount"] = AmountField(
            decimals=effect.metric.decimals, label=_("Amount that counts"), max_length=60
        )
        self.order_fields(["outcome", "amount", "reason", "claimed"])

    @property
    def is_asked(self) -> bool:
        """Whether a verdict was chosen."""
        return self.is_bound and bool(self.data.get(self.add_prefix("outcome")))

    def say(self, by: Actor) -> bool:
        """Say it; what is refused stands at the form, and nothing of this line is saved."""
        if not self.is_valid():
            return False
        data, amount = self.cleaned_data, self.cleaned_data.get("amount")
        verdict = Verdict(
            month=str(self.month),
            outcome=Outcome(data["outcome"]),
            amount=None if amount is None else format(amount, "f"),
            reason=data["reason"],
            seen_claim=data["claimed"] or None,
        )
        try:
            with refusals_in(self):
                claim_validate(effect=self.effect, verdict=verdict, by=by)
        except Forbidden as error:
            self.add_error(None, refusal_text(error))
        return not self.errors


class EffectFieldsForm(SeenForm):
    """An effect that stands: what it is until T3, who answers for it until it is closed (V2)."""

    name = LineField(label=gettext_lazy("Name"), required=False, max_length=200)
    owner = owner_field()
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=EffectKind.choices)
    effect_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=EffectClass.choices)
    currency = LineField(label=gettext_lazy("Currency"), required=False, max_length=3)
    run_rate_start = start_field()

    def __init__(self, data: Any = None, *, effect: Effect, locked: str = "") -> None:
        start = effect.run_rate_start
        current = {
            "name": effect.name,
            "owner": effect.owner.email if effect.owner else "",
            "kind": effect.kind,
            "effect_class": effect.effect_class,
            "currency": effect.currency,
            "run_rate_start": f"{start:%Y-%m}" if start else "",
        }
        super().__init__(data, current=current)
        self.initial["seen_version"] = effect.version
        frozen = ("kind", "effect_class", "currency", "run_rate_start") if locked else ()
        for name in frozen:
            self.fields[name].disabled = True
            self.fields[name].help_text = locked

    def clean_owner(self) -> Membership | None:
        email = self.cleaned_data["owner"]
        return member_in(email) if email else None

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_run_rate_start(self) -> date | None:
        return first_day_in(self.cleaned_data["run_rate_start"])

"""The lines of the validation queue: what a claim shows, and what was typed of its verdict."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from governance.errors import DomainError, NotVisible
from governance.tenancy.models import Tenant
from governance.ui.amounts import NoAmount, typed_amount
from governance.web.refusals import refusal_text
from kpis.actuals.choices import Outcome
from kpis.actuals.models import Claim
from kpis.actuals.queue import Promise
from kpis.actuals.rules import month_at
from kpis.actuals.services.batches import LineResult, LineVerdict
from kpis.actuals.services.validations import Verdict
from kpis.rules import DECIMALS

LINE, TICK = "line", "tick"
MONTH_LENGTH = len("2026-01")
KEY_LENGTH = len("6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11-2026-01")
FIELDS = ("outcome", "amount", "reason", "claimed")


@dataclass(slots=True)
class Typed:
    """What somebody typed into one line, and what it was refused."""

    key: str
    outcome: str = ""
    amount: str = ""
    reason: str = ""
    claimed: str = ""
    is_ticked: bool = False
    is_saved: bool = False
    # How people call what it is about, once the service has said so.
    name: str = ""
    # By field; what belongs to none stands under "".
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def amount_errors(self) -> list[str]:
        return self.errors.get("amount", [])

    @property
    def reason_errors(self) -> list[str]:
        return self.errors.get("reason", [])

    @property
    def other_errors(self) -> list[str]:
        """What belongs to no field of the line."""
        fields = {"amount", "reason"}
        return [text for name, texts in self.errors.items() if name not in fields for text in texts]

    def verdict(self, outcome: Outcome | None = None) -> LineVerdict | None:
        """As the service takes it, with the given outcome or the chosen one.

        None where it cannot be read; the errors then say why.
        """
        try:
            effect, amount = uuid.UUID(self.key[: -MONTH_LENGTH - 1]), self._amount()
            chosen = outcome or Outcome(self.outcome)
        except NoAmount as error:
            self.errors = {"amount": [str(error)]}
            return None
        except ValueError:
            self.errors = _texts(NotVisible())
            return None
        verdict = Verdict(
            month=self.key[-MONTH_LENGTH:],
            outcome=chosen,
            amount=None if amount is None else format(amount, "f"),
            reason=self.reason,
            seen_claim=self.claimed or None,
        )
        return LineVerdict(effect, verdict)

    def take(self, result: LineResult) -> None:
        """Note what became of it."""
        self.is_saved = result.refusal is None
        if result.effect is not None:
            self.name = f"{result.effect.measure.code}, {self.key[-MONTH_LENGTH:]}"
        if result.refusal is not None:
            self.errors = _texts(result.refusal)

    def _amount(self) -> Decimal | None:
        # The decimals of its metric are the service's to check.
        return typed_amount(self.amount, language=get_language() or "en", decimals=DECIMALS)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One claim that waits: what was promised, what is claimed, and what was typed of it."""

    claim: Claim
    key: str
    promise: Promise
    url: str
    typed: Typed

    @property
    def difference(self) -> Decimal | None:
        """Claimed less planned; nothing where nothing was planned."""
        if self.promise.plan is None or self.claim.amount is None:
            return None
        return self.claim.amount - self.promise.plan


def typed_lines(data: QueryDict) -> list[Typed]:
    """What a browser sent of all lines of its page, each once."""
    ticked = set(data.getlist(TICK))
    keys = dict.fromkeys(key for key in data.getlist(LINE) if len(key) == KEY_LENGTH)
    return [_typed(data, key, is_ticked=key in ticked) for key in keys]


def _typed(data: QueryDict, key: str, *, is_ticked: bool) -> Typed:
    outcome, amount, reason, claimed = (data.get(f"{key}-{name}", "").strip() for name in FIELDS)
    return Typed(key, outcome, amount, reason, claimed, is_ticked)


def queue_lines(
    claims: Sequence[Claim],
    promises: Mapping[int, Promise],
    typed: Mapping[str, Typed],
    tenant: Tenant,
) -> list[QueueLine]:
    """The lines of a page, with what was typed into those that still wait."""
    lines = []
    for claim in claims:
        effect = claim.effect
        key = f"{effect.public_id}-{month_at(claim.month)}"
        shown = typed.get(key) or Typed(key)
        # What is looked at now is what the next verdict is about.
        shown.claimed = format(claim.amount or Decimal(0), "f")
        url = reverse("kpis:effect-actuals", args=[tenant.slug, effect.public_id])
        lines.append(QueueLine(claim, key, promises.get(effect.pk, Promise()), url, shown))
    return lines


def _texts(error: DomainError) -> dict[str, list[str]]:
    """Errors at their fields; a rule is told by its sentence."""
    told = {
        name: [str(text) for text in texts]
        for name, texts in error.errors.items()
        if name in {"amount", "reason", "claimed", "month"}
    }
    return told or {"": [refusal_text(error)]}

"""Handling an exception: assigning it, asking, deciding, verifying (E1, S1 to S11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.exceptions.choices import Act, ExceptionOutcome, ExceptionState
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.notices import tell_asked, tell_assigned, tell_decided
from approvals.exceptions.rules import state_after_assigning
from approvals.exceptions.selectors import PEOPLE, RELATIONS
from approvals.exceptions.services.opening import (
    MONEY_DECIMALS,
    exception_publish,
    exception_subject,
)
from approvals.exceptions.standing import Standing, standing_of
from approvals.texts import kept_text
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Invalid, NotVisible, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.permissions.selectors import scope_of
from governance.text import one_line, text_fault
from governance.ui.amounts import amount_of

OPTION_LENGTH, MOST_OPTIONS = 500, 7


@dataclass(frozen=True, slots=True)
class Option:
    """One way out that the owner offers, with its money where somebody knows it."""

    outcome: str
    text: str
    amount: object = None


def _locked(
    row: GovernanceException, act: Act, seen_version: int, by: Actor
) -> tuple[GovernanceException, Standing]:
    """The exception, locked and current, on which this person may do this now.

    Raises `NotVisible`, `Forbidden` and `SegregationOfDuties`, `Conflict` by state, `Stale`.
    """
    by.require(Permission.TREE_VIEW, row.path)
    by.require_writing()
    rows = GovernanceException.objects.lock().select_related(*RELATIONS, *PEOPLE)
    current: GovernanceException | None = rows.filter(pk=row.pk).first()
    if current is None:
        raise NotVisible
    standing = standing_of(current, by)
    if refusal := standing.refusal(act):
        raise refusal
    if current.version != seen_version:
        raise Stale(seen_version, current.version)
    return current, standing


@transaction.atomic
def exception_assign(
    *, row: GovernanceException, owner: Membership, seen_version: int, by: Actor
) -> GovernanceException:
    """Give an exception to somebody who answers for it, or from one to another.

    Raises what `_locked` does, and `Invalid` for somebody who cannot own it.
    """
    current, _standing = _locked(row, Act.ASSIGN, seen_version, by)
    _refuse_owner(current, owner)
    before = current.owner.email if current.owner else None
    current.state = state_after_assigning(current.known_state)
    current.owner = owner
    current.touched().save()
    record(
        AuditAction.EXCEPTION_ASSIGNED,
        subject=exception_subject(current),
        by=by,
        changes={"owner": [before, owner.email]},
    )
    exception_publish("exception.assigned", current)
    tell_assigned(current, by)
    return current


def _refuse_owner(row: GovernanceException, owner: Membership) -> None:
    text: StrOrPromise = ""
    scope = scope_of(owner.pk)
    if owner.pk == row.owner_id:
        text = _("This exception is theirs already.")
    elif not owner.is_live:
        text = _("This person is not a member any more.")
    elif not scope.allows(Permission.TREE_VIEW, row.path):
        text = _("This person does not see that place of the tree.")
    elif scope.roles_at(row.path) == (Role.AUDITOR,):
        text = _("An auditor reads everything and writes nothing but findings (S10).")
    if text:
        raise Invalid({"owner": [text]})


@transaction.atomic
def exception_ask(
    *,
    row: GovernanceException,
    ask: str,
    options: Sequence[Option],
    seen_version: int,
    by: Actor,
) -> GovernanceException:
    """The owner asks for the decision, with options; asking again replaces what was asked.

    Raises what `_locked` does, and `Invalid` by field.
    """
    current, _standing = _locked(row, Act.ASK, seen_version, by)
    kept = _kept_options(options)
    before = current.ask or None
    current.ask, current.options = kept_text("ask", ask), kept
    current.asked_by_id, current.asked_at = by.membership_id, timezone.now()
    current.state = ExceptionState.DECISION_REQUESTED
    current.touched().save()
    record(
        AuditAction.EXCEPTION_ASKED,
        subject=exception_subject(current),
        by=by,
        changes={"ask": [before, current.ask], "options": [None, [one["text"] for one in kept]]},
    )
    exception_publish("exception.decision_requested", current)
    tell_asked(current, by)
    return current


def _kept_options(options: Sequence[Option]) -> list[dict[str, str | None]]:
    """Options as they are kept; raises `Invalid` by option and field."""
    errors: dict[str, list[StrOrPromise]] = {}
    if not options:
        errors["options"] = [_("Name at least one way out, so that there is something to decide.")]
    if len(options) > MOST_OPTIONS:
        errors["options"] = [_("At most seven options.")]
    kept: list[dict[str, str | None]] = []
    for at, option in enumerate(options):
        amount = _option_amount(option, at, errors)
        text = one_line(option.text)
        if fault := text_fault(text, limit=OPTION_LENGTH):
            errors[f"options.{at}.text"] = [fault]
        if option.outcome not in ExceptionOutcome.values:
            errors[f"options.{at}.outcome"] = [_("Choose one of the list.")]
        kept.append({"outcome": option.outcome, "text": text, "amount": amount})
    if errors:
        raise Invalid(errors)
    return kept


def _option_amount(option: Option, at: int, errors: dict[str, list[StrOrPromise]]) -> str | None:
    if option.amount in {None, ""}:
        return None
    amount = amount_of(option.amount, MONEY_DECIMALS)
    if isinstance(amount, Decimal):
        return f"{amount:.{MONEY_DECIMALS}f}"
    errors[f"options.{at}.amount"] = [amount]
    return None


@transaction.atomic
def exception_decide(
    *, row: GovernanceException, outcome: str, rationale: str, seen_version: int, by: Actor
) -> GovernanceException:
    """Decide in exactly one way, saying why; accepting closes, everything else waits for its proof.

    It moves no measure: hold, cancel and a new baseline are asked for at their gates (G1). Raises
    what `_locked` does, and `Invalid` by field.
    """
    current, standing = _locked(row, Act.DECIDE, seen_version, by)
    if outcome not in ExceptionOutcome.values:
        raise Invalid({"outcome": [_("Choose one of the list.")]})
    now = timezone.now()
    current.rationale = kept_text("rationale", rationale)
    current.outcome, current.state = outcome, ExceptionState.DECIDED
    current.decided_by_id, current.decided_at = by.membership_id, now
    if outcome == ExceptionOutcome.ACCEPT:
        current.state, current.closed_at = ExceptionState.CLOSED, now
    current.touched().save()
    changes: dict[str, Any] = {"outcome": [None, current.outcome]}
    if standing.bench.tier != current.tier:
        changes["exception_tier"] = [current.tier, standing.bench.tier]
    if standing.voice is not None:
        changes["on_behalf_of"] = [None, standing.voice.email]
    record(
        AuditAction.EXCEPTION_DECIDED,
        subject=exception_subject(current),
        by=by,
        changes=changes,
        reason=current.rationale,
    )
    exception_publish("exception.decided", current)
    tell_decided(current, by)
    return current


@transaction.atomic
def exception_verify(
    *, row: GovernanceException, note: str, seen_version: int, by: Actor
) -> GovernanceException:
    """Say that what was decided has been done; the exception ends with it.

    Raises what `_locked` does, and `Invalid` for the note.
    """
    current, _standing = _locked(row, Act.VERIFY, seen_version, by)
    now = timezone.now()
    current.verification = kept_text("note", note, required=False)
    current.verified_by_id, current.verified_at = by.membership_id, now
    current.state, current.closed_at = ExceptionState.VERIFIED, now
    current.touched().save()
    record(
        AuditAction.EXCEPTION_VERIFIED,
        subject=exception_subject(current),
        by=by,
        reason=current.verification,
    )
    exception_publish("exception.verified", current)
    return current

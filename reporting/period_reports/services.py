"""Signing the report of a node for a period: frozen, numbered and chained (R4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.rules import body_hash, canonical
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid
from governance.events.services import publish
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tenancy.models import Tenant
from governance.text import one_line
from governance.tree.models import Node
from initiatives.rhythm.rules import ReportingPeriod
from reporting.period_reports.drafting import Draft, draft_of, since_of
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.notices import tell_signed
from reporting.period_reports.rules import GENESIS, Words, tidy_words, word_faults
from reporting.period_reports.selectors import (
    Signing,
    last_report,
    period_of,
    refusal_to_sign,
    signing_of,
    told_since,
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody signs: the period by its due day, the draft they saw, and their words.

    A correction names the report that it `replaces` by its number, and why.
    """

    due_on: date | None
    seen_hash: str
    words: Words = field(default_factory=Words)
    replaces: int | None = None
    reason: str = ""


@transaction.atomic
def report_sign(*, node: Node, signature: Signature, by: Actor) -> PeriodReport:
    """Freeze the report of a node for a period as its next number.

    Raises `Forbidden` for who does not sign here, `Conflict("no_rhythm")`,
    `Conflict("report_period_signed")`, `Conflict("report_period_not_open")`,
    `Conflict("report_not_newest")` for a correction of another than the newest, `Invalid` by field,
    and `Conflict("figures_changed")` where the draft is no longer the one that was seen.
    """
    by.require(Permission.TREE_VIEW, node.path)
    if refusal := refusal_to_sign(node, by):
        raise Forbidden(refusal)
    by.require_write_token(Permission.REPORT_SIGN)
    locked: Node = Node.objects.lock().get(pk=node.pk)  # two signatures queue here
    tenant = Tenant.objects.get(pk=locked.tenant_id)
    signing = signing_of(locked, tenant, last_report(locked))
    period = _period(signing, signature)
    words, reason = _cleaned(signature)
    draft = draft_for(signing, period, tenant=tenant, by=by, is_correction=bool(signature.replaces))
    if draft.hash != signature.seen_hash:
        raise Conflict("figures_changed")
    report = _frozen(signing, draft, words, reason, by)
    _tell(locked, report, by)
    return report


def draft_for(
    signing: Signing,
    period: ReportingPeriod,
    *,
    tenant: Tenant,
    by: Actor,
    is_correction: bool = False,
) -> Draft:
    """What would be frozen now; a correction tells of the time that the report it replaces told."""
    last = signing.last
    if is_correction and last is not None:
        since = told_since(last)
    else:
        since = since_of(period, last, signing.rhythms)
    return draft_of(signing.node, period, since, tenant=tenant, by=by, rhythms=signing.rhythms)


def _period(signing: Signing, signature: Signature) -> ReportingPeriod:
    last = signing.last
    if signature.replaces is not None:
        if last is None or last.number != signature.replaces:
            raise Conflict("report_not_newest")
        return period_of(last)
    if not signing.has_rhythm:
        raise Conflict("no_rhythm")
    period = signing.period(signature.due_on)
    if period is not None:
        return period
    day = signature.due_on
    is_signed = last is not None and (day is None or day <= last.due_on)
    raise Conflict("report_period_signed" if is_signed else "report_period_not_open")


def _cleaned(signature: Signature) -> tuple[dict[str, str], str]:
    is_correction = signature.replaces is not None
    words, reason = tidy_words(signature.words), one_line(signature.reason)
    if errors := word_faults(words, reason if is_correction else None):
        raise Invalid(errors)
    return words, reason if is_correction else ""


def _frozen(
    signing: Signing, draft: Draft, words: Mapping[str, str], reason: str, by: Actor
) -> PeriodReport:
    last, period = signing.last, draft.period
    row = PeriodReport(
        node=signing.node,
        number=last.number + 1 if last else 1,
        first_on=period.first_on,
        due_on=period.due_on,
        due_at=period.due_at,
        previous_hash=last.hash if last else GENESIS,
        replaces=last if reason else None,
        reason=reason,
        signed_by=Membership.objects.get(pk=by.membership_id),
        signer=f"{by.name} <{by.email}>" if by.email else by.name,
        signed_at=timezone.now(),
    )
    row.body = canonical(
        {**draft.facts, **_seal(row), "words": words, "figures_computed_at": draft.computed_at}
    )
    row.hash = body_hash(row.body)
    row.save(force_insert=True)
    return row


def _seal(row: PeriodReport) -> dict[str, Any]:
    """What makes a draft a report: its place in the chain, and who signed it when."""
    names = ("number", "previous_hash", "reason", "signer", "signed_at")
    replaces = row.replaces.number if row.replaces else None
    return {**{name: getattr(row, name) for name in names}, "replaces": replaces}


def _tell(node: Node, report: PeriodReport, by: Actor) -> None:
    subject = Subject(node.known_level.word, node.code, node.name)
    changes = {
        "report": [None, report.number],
        "due_on": [None, report.due_on],
        "sha256": [None, report.hash],
    }
    action = AuditAction.PERIOD_REPORT_SIGNED
    record(action, subject=subject, by=by, changes=changes, reason=report.reason)
    publish(action.value, key=node.code, payload={"code": node.code, "number": report.number})
    tell_signed(node, report, by)

"""Who must not decide about a measure: S1, S5 and, for reopening, S3; read from the audit trail.

The trail is complete (A1) and append-only, so that it tells who entered what a snapshot judges
and who owned the measure, however long ago and by which door.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from approvals.models import ApprovalRequest, ApprovalVote
from approvals.rules import Barred
from governance.audit.choices import AuditAction
from governance.audit.selectors import events_about
from governance.people.models import Membership
from initiatives.models import Measure

A = AuditAction
# Judges named by the PMO or finance are no entry of what is judged (S11).
ENTERED_FIELDS = frozenset(
    {"name", "description", "calculation_method", "planned_start", "planned_end"}
)
CONTENT_ACTIONS: frozenset[str] = frozenset(
    {A.MEASURE_CREATED, A.MEASURE_CHANGED, A.EFFECT_CREATED, A.EFFECT_CHANGED, A.VALUES_CHANGED}
)
ADDRESS = "<"


def bars_for(measure: Measure, transition: str) -> list[Barred]:
    """Who is kept out of a request about this measure, each with the rule and the reason."""
    events = events_about("measure", measure.code, CONTENT_ACTIONS)
    # Only a decision gives a reason for what it writes: that of a change request, its id.
    askers = _askers(measure) if any(body["reason"] for body in events) else {}
    entered = {
        askers.get(body["reason"], body["actor"]["email"]) for body in events if _enters(body)
    }
    owned = _owners(measure, events)
    people = {
        member.email.lower(): member.pk
        for member in Membership.objects.filter(user__email__in=[*entered, *owned]).select_related(
            "user"
        )
    }
    found = [
        Barred(people[email.lower()], "S1", _("entered what is judged"))
        for email in sorted(entered)
        if email.lower() in people
    ]
    found += [
        Barred(people[email.lower()], "S1", _("was owner since the last passed gate"))
        for email in sorted(owned)
        if email.lower() in people
    ]
    return _first_reasons([*found, *_publisher(measure), *_signers(measure, transition)])


def _enters(body: Mapping[str, Any]) -> bool:
    if body["action"] in {A.MEASURE_CREATED, A.MEASURE_CHANGED}:
        return bool(ENTERED_FIELDS & set(body["changes"]))
    return True


def _askers(measure: Measure) -> dict[str, str]:
    """Who asked for each change request: they entered what its decision wrote, not the decider."""
    rows = ApprovalRequest.objects.filter(
        subject_type="measure",
        subject_id=measure.pk,
        transition="T15",
        requested_by__isnull=False,
    )
    names = ("public_id", "requested_by__user__email")
    return {str(public_id): email for public_id, email in rows.values_list(*names)}


def _owners(measure: Measure, events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Addresses of everybody who owned the measure or an effect since the last passed gate."""
    owners = {person.email for person in (measure.owner,) if person}
    since = measure.stage_since.isoformat()
    for body in events:
        changes = body["changes"]
        before, after = changes.get("owner") or (None, None)
        told = [after, before] if body["at"] >= since else [after]
        owners |= {_address(text) for text in told if text}
    return owners


def _address(text: str) -> str:
    """The address out of `Name <address>`, as histories tell people."""
    return text.rpartition(ADDRESS)[2].rstrip(">") if ADDRESS in text else text


def _publisher(measure: Measure) -> list[Barred]:
    """S5: who published the stage model does not decide under it for thirty days."""
    model = measure.stage_model
    pause = timedelta(days=model.read.limits.publisher_pause_days)
    if model.published_by_id is None or model.published_at + pause < timezone.now():
        return []
    return [Barred(model.published_by_id, "S5", _("published the stage model"))]


def _signers(measure: Measure, transition: str) -> list[Barred]:
    """T13: whoever confirmed a closure does not decide on reopening it."""
    if transition != "T13":
        return []
    votes = ApprovalVote.objects.filter(
        request__subject_type="measure",
        request__subject_id=measure.pk,
        request__transition="T5",
        step__part__in=["closing_controller", "second_finance"],
    )
    ids = set(votes.values_list("voter_id", flat=True)) | set(
        votes.values_list("seat_id", flat=True)
    )
    return [Barred(pk, "S3", _("signed the closure")) for pk in sorted(ids)]


def _first_reasons(found: Iterable[Barred]) -> list[Barred]:
    kept: dict[tuple[int, str], Barred] = {}
    for bar in found:
        kept.setdefault((bar.membership_id, bar.rule), bar)
    return list(kept.values())

"""Change requests (T15): what a passed gate froze changes only by another decision."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from approvals.models import ApprovalRequest
from approvals.services.requests import request_submit
from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.errors import Conflict, Invalid
from governance.events.services import publish
from governance.masterdata.models import KINDS, MasterData
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.text import one_line, sort_key
from initiatives.choices import Overlay, Stage
from initiatives.gates.asking import Asking, reason_faults
from initiatives.gates.drafting import request_draft
from initiatives.gates.facts import fits_light_track
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import position_of
from initiatives.gates.proposals import Proposal, proposed
from initiatives.gates.snapshot import change_in, snapshot_of
from initiatives.gates.tracks import put_on
from initiatives.gates.transitions import TABLE, position_refusal
from initiatives.models import Measure
from initiatives.plan_changes import EffectAsk, planner
from initiatives.rules import Hands, change_refusal, settable_fields
from initiatives.selectors import hands_at
from initiatives.services import check_fields, measure_subject, refuse_foreign
from initiatives.stage_models.choices import Track

PEOPLE = frozenset({"owner", "sponsor", "controller", "receiver"})
CODED: dict[str, type[MasterData]] = {
    "business_unit": KINDS["business-units"],
    "function": KINDS["functions"],
    "legal_entity": KINDS["legal-entities"],
    "forum": KINDS["forums"],
}
DAYS = frozenset({"planned_start", "planned_end"})


def frozen_fields(measure: Measure, hands: Hands) -> list[str]:
    """What these hands may set and a passed gate froze, in the order of the form (T15)."""
    stage = Stage(measure.stage)
    return [
        name
        for name in settable_fields(hands)
        if change_refusal(name, stage, was_empty=getattr(measure, name) in {None, ""})
        == "change_request_needed"
    ]


@transaction.atomic
def change_request(
    *,
    measure: Measure,
    fields: Mapping[str, Any],
    asking: Asking,
    by: Actor,
    plan: Sequence[EffectAsk] = (),
) -> ApprovalRequest:
    """Ask to change what a passed gate froze; each field needs the right to set it (S11).

    `fields` maps names to the new values (rows, days, texts), `plan` holds new months of effects.
    Controller and forum stay in place until it is decided. Raises `Forbidden` with the fields
    named, `Conflict("frozen" | "request_open" | "plan_is_open" | …)`, `Invalid` where nothing
    would change, an increase comes with something else, or the reason is missing; `Stale`.
    """
    row = _askable(measure, fields, by)
    if faults := reason_faults(TABLE["T15"], asking):
        raise Invalid(faults)
    proposal = proposed(row, fields, plan, by)
    asks, bars = proposal.route(by)
    details = proposal.details
    draft = request_draft(
        row,
        "T15",
        to=(Stage(row.stage), Overlay.ACTIVE),
        snapshot=snapshot_of(row, "T15", change_in(details)),
        asking=replace(asking, details=details),
        amount=proposal.size,
    )
    return request_submit(draft=draft, asks=asks, bars=bars, by=by)


@transaction.atomic
def change_preview(
    *, measure: Measure, fields: Mapping[str, Any], plan: Sequence[EffectAsk], by: Actor
) -> Proposal:
    """What `change_request` would ask for, without asking: it refuses what that refuses.

    Only the reason is not looked at.
    """
    return proposed(_askable(measure, fields, by), fields, plan, by)


def _askable(measure: Measure, fields: Mapping[str, Any], by: Actor) -> Measure:
    """The locked measure, where this person may ask for changes of it now."""
    by.require(Permission.TREE_VIEW, measure.path)
    row = locked_measure(measure.pk)
    refuse_foreign(fields, hands_at(row, by))
    by.require_writing()
    if reason := position_refusal(TABLE["T15"], position_of(row)):
        raise Conflict(reason)
    return row


def apply_change(row: Measure, request: ApprovalRequest, *, by: Actor) -> None:
    """Write what an approved change request asked for, in the transaction of its decision.

    A light measure that has outgrown its track goes on by the whole ladder from here (section 3).
    """
    fields: Mapping[str, Mapping[str, str | None]] = request.details.get("fields", {})
    if fields:
        _apply_fields(row, fields, request, by)
    plans = planner()
    if plans is not None and request.details.get("plan"):
        plans.apply(row, request, by)
    if row.track == Track.LIGHT and not fits_light_track(row):
        put_on(row, Track.STANDARD, by=by, reason=str(request.public_id))


def _apply_fields(
    row: Measure,
    fields: Mapping[str, Mapping[str, str | None]],
    request: ApprovalRequest,
    by: Actor,
) -> None:
    for name, change in fields.items():
        setattr(row, name, _value(name, change["key"]))
    check_fields(row, fields)
    row.name = one_line(row.name)
    row.sort_key = sort_key(row.name)
    row.touched().save()
    changes = {name: [change["before"], change["after"]] for name, change in fields.items()}
    record(
        AuditAction.MEASURE_CHANGED,
        subject=measure_subject(row),
        by=by,
        changes=changes,
        reason=str(request.public_id),
    )
    publish("measure.changed", key=row.code, payload={"code": row.code, "fields": list(fields)})


def _value(name: str, key: str | None) -> Any:
    if key is None:
        return "" if name in {"name", "description"} else None
    if name in PEOPLE:
        return Membership.objects.select_related("user").get(public_id=uuid.UUID(key))
    if name in CODED:
        return CODED[name].objects.get(code=key)
    return date.fromisoformat(key) if name in DAYS else key

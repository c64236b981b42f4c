"""Change requests (T15): what a passed gate froze changes only by another decision."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

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
from governance.tree.services import said
from initiatives.choices import Overlay, Stage
from initiatives.gates.asking import Asking, reason_faults
from initiatives.gates.bars import bars_for
from initiatives.gates.drafting import request_draft
from initiatives.gates.facts import route_amount
from initiatives.gates.locking import locked_measure
from initiatives.gates.position import position_of
from initiatives.gates.routes import asks_for
from initiatives.gates.snapshot import snapshot_of
from initiatives.gates.transitions import TABLE, position_refusal
from initiatives.models import Measure
from initiatives.rules import Hands, change_refusal, settable_fields
from initiatives.selectors import hands_at
from initiatives.services import check_fields, measure_subject, refuse_foreign

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
    *, measure: Measure, fields: Mapping[str, Any], asking: Asking, by: Actor
) -> ApprovalRequest:
    """Ask to change fields that a passed gate froze; each needs the right to set it (S11).

    `fields` maps names to the new values (rows, days, texts). Controller and forum stay in place
    until it is decided. Raises `Forbidden` with the fields named, `Conflict("frozen" |
    "request_open" | …)`, `Invalid` where nothing would change or the reason is missing.
    """
    by.require(Permission.TREE_VIEW, measure.path)
    row = locked_measure(measure.pk)
    refuse_foreign(fields, hands_at(row, by))
    by.require_writing()
    at = position_of(row)
    if reason := position_refusal(TABLE["T15"], at):
        raise Conflict(reason)
    if faults := reason_faults(TABLE["T15"], asking):
        raise Invalid(faults)
    return _submitted(row, _changes(row, fields), asking, by)


def _submitted(
    row: Measure, changes: Mapping[str, Any], asking: Asking, by: Actor
) -> ApprovalRequest:
    bars = bars_for(row, "T15")
    amount = route_amount(row)
    asks = asks_for(
        row,
        TABLE["T15"],
        amount=amount,
        requester_id=by.membership_id,
        bars=bars,
        changed=tuple(changes),
    )
    draft = request_draft(
        row,
        "T15",
        to=(Stage(row.stage), Overlay.ACTIVE),
        snapshot=snapshot_of(row, "T15", {"change": changes}),
        asking=replace(asking, details={"fields": changes}),
        amount=amount,
    )
    return request_submit(draft=draft, asks=asks, bars=bars, by=by)


def _changes(row: Measure, fields: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """{field: {before, after, key}}: words for people, and the key by which it is applied."""
    found: dict[str, dict[str, str | None]] = {}
    for name, value in fields.items():
        before = getattr(row, name)
        if before == value:
            continue
        if change_refusal(name, Stage(row.stage), was_empty=False) == "frozen":
            raise Conflict("frozen")
        found[name] = {"before": said(before), "after": said(value), "key": _key(value)}
        setattr(row, name, value)
    if not found:
        raise Invalid({"fields": [_("Nothing would change.")]})
    check_fields(row, found)
    row.refresh_from_db()
    return found


def _key(value: Any) -> str | None:
    if isinstance(value, Membership):
        return str(value.public_id)
    return said(value)


def apply_change(row: Measure, request: ApprovalRequest, *, by: Actor) -> None:
    """Write what an approved change request asked for, in the transaction of its decision."""
    fields: Mapping[str, Mapping[str, str | None]] = request.details["fields"]
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

"""The snapshot a request carries: what its gate judges, as canonical JSON (G3)."""

from collections.abc import Mapping
from typing import Any

from approvals.models import ApprovalRequest
from governance.audit.rules import canonical
from governance.people.models import Membership
from initiatives.models import Measure
from initiatives.reading import reading
from initiatives.snapshots import Facts, Part, parts_of, register

TEXTS = ("name", "description", "calculation_method")
PEOPLE = ("owner", "sponsor", "controller", "receiver")
CODED = ("business_unit", "function", "legal_entity", "forum")
DAYS = ("planned_start", "planned_end")
ALL = frozenset({"T2", "T3", "T4", "T5", "T8", "T9", "T10", "T11", "T12", "T13", "T15"})


def snapshot_of(measure: Measure, transition: str, more: Mapping[str, Any] | None = None) -> str:
    """Canonical JSON of everything the transition judges; the same facts give the same text.

    `more` is what the request itself adds: the change it asks for.
    """
    with reading():
        parts = {part.name: part.read(measure) for part in parts_of(transition)}
    return canonical({**parts, **(more or {})})


def snapshot_again(measure: Measure, request: ApprovalRequest) -> str:
    """What an open request would show if it were submitted now."""
    more = change_in(request.details) if request.transition == "T15" else None
    return snapshot_of(measure, request.transition, more)


def change_in(details: Mapping[str, Any]) -> dict[str, Any]:
    """What a change request asks for, as its snapshot holds it (T15)."""
    named = {"change": "fields", "plan_change": "plan", "change_size": "size"}
    return {part: details[name] for part, name in named.items() if details.get(name)}


def _measure_part(measure: Measure) -> Facts:
    people = {name: getattr(measure, name) for name in PEOPLE}
    rows = {name: getattr(measure, name) for name in CODED}
    facts: dict[str, Any] = {
        "code": measure.code,
        "stage": measure.stage,
        "overlay": measure.overlay,
        "stage_model": measure.stage_model.policy,
        "track": measure.track,
        **{name: getattr(measure, name) for name in (*TEXTS, *DAYS)},
        **{name: _email(person) for name, person in people.items()},
        **{name: row.code if row else None for name, row in rows.items()},
    }
    return facts


def _email(person: Membership | None) -> str | None:
    return person.email if person else None


def register_parts() -> None:
    """The measure itself is part of every snapshot."""
    register(Part("measure", ALL, _measure_part))

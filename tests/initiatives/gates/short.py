"""A short stage model, published through the services: every gate asks the sponsor alone."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from approvals.choices import Outcome
from approvals.models import ApprovalRequest
from approvals.services.conditions import ConditionDraft
from approvals.services.votes import VoteDraft, vote_cast
from governance.people.choices import Role
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.services import gate_request
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from initiatives.stage_models.models import StageModelVersion
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from initiatives.stage_models.standard import STANDARD

LABEL = {"en": "Counted once", "de": "Einmal gezählt"}
ATTESTED = {"kind": "attested", "name": "counted_once", "role": "controller", "label": LABEL}
CRITERIA: dict[str, list[dict[str, Any]]] = {"T3": [ATTESTED]}


def _gate(gate: dict[str, Any]) -> dict[str, Any]:
    part = "closing_controller" if gate["transition"] == "T5" else "sponsor"
    route = [{"part": part, "position": 1, "clock_days": 5}]
    return gate | {"criteria": CRITERIA.get(gate["transition"], []), "route": route}


def short_model(house: Any) -> StageModelVersion:
    """In force for measures made from now on; the PMO proposes, the administrator publishes."""
    definition = {
        "stages": STANDARD["stages"],
        "settings": STANDARD["settings"],
        "gates": [_gate(gate) for gate in STANDARD["gates"]],
    }
    drafted = version_propose(draft=VersionDraft("Short", definition), by=house.actor("pmo"))
    return version_publish(version=drafted, by=house.actor("administrator"))


def staffed(house: Any, name: str = "Asked about") -> Measure:
    """A measure with its people, which the product itself entered: nobody is kept out."""
    people = {part: house.people[part] for part in ("owner", "sponsor", "controller")}
    draft = MeasureDraft(name, forum=house.forum, **people)
    by = house.system(Role.PMO, Role.HEAD_OF_CONTROLLING)
    return measure_create(package=house.package, draft=draft, by=by)


def asked(house: Any, measure: Measure, stage: Stage = Stage.DETAILED) -> ApprovalRequest:
    """The owner asks for the next gate."""
    asking = Asking("Ready.")
    return gate_request(measure=measure, to_stage=stage, asking=asking, by=house.actor("owner"))


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def voted(
    house: Any, request: ApprovalRequest, outcome: Outcome = Outcome.GO, conditions: int = 0
) -> ApprovalRequest:
    """The sponsor decides, with so many conditions for the owner to meet."""
    wanted = [
        ConditionDraft(f"Condition {number}", house.people["owner"], in_days(30))
        for number in range(conditions)
    ]
    draft = VoteDraft(outcome, "Read.", request.snapshot_hash, conditions=wanted)
    return vote_cast(request=request, draft=draft, by=house.actor("sponsor"))

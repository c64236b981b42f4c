"""Measures on a short stage model, whose gates ask only what this app checks; asked and decided."""

import copy
from typing import Any

from approvals.choices import Outcome
from approvals.models import ApprovalRequest
from approvals.selectors import request_by_id
from approvals.services.votes import VoteDraft, vote_cast
from governance.people.choices import Role
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.services import gate_request, move_request
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from initiatives.stage_models.models import StageModelVersion
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from initiatives.stage_models.standard import STANDARD
from tests.houses import House

OWN = {
    "T2": ("scope_described", "sponsor_named", "controller_named"),
    "T3": ("forum_named",),
    "T4": ("receiver_named",),
    "T5": ("conditions_met",),
}


def short_definition(**more: Any) -> dict[str, Any]:
    """The shipped model with the criteria of this app alone; `more` replaces whole parts."""
    raw = copy.deepcopy(STANDARD)
    for gate in (*raw["gates"], *raw["light"]["gates"]):
        names = OWN[gate["transition"]]
        gate["criteria"] = [{"kind": "automatic", "name": name} for name in names]
    return raw | more


def publish_short_model(house: House, **more: Any) -> StageModelVersion:
    """Two people publish the short model; measures made afterwards start on it (S5)."""
    draft = VersionDraft("Short", short_definition(**more))
    with house.active():
        version = version_propose(draft=draft, by=house.actor("pmo"))
        return version_publish(version=version, by=house.actor("head_of_controlling"))


def climber(house: House, name: str = "Bundle steel", **fields: Any) -> Measure:
    """A measure ready for every gate of the short model; nobody of the house entered it."""
    people = house.people
    given: dict[str, Any] = {
        "description": "Buy steel together and pay less for it.",
        "owner": people["owner"],
        "sponsor": people["sponsor"],
        "controller": people["controller"],
        "receiver": people["executive"],
        "forum": house.forum,
        **fields,
    }
    with house.active():
        draft = MeasureDraft(name, **given)
        made = measure_create(package=house.package, draft=draft, by=house.system(*Role))
        return fresh(house, made)


def fresh(house: House, measure: Measure) -> Measure:
    with house.active():
        row: Measure = Measure.objects.select_related("package", "stage_model").get(pk=measure.pk)
        return row


def asked(
    house: House, measure: Measure, to_stage: Stage | None = None, *, who: str = "owner"
) -> ApprovalRequest:
    """The owner asks for the next gate."""
    with house.active():
        row = fresh(house, measure)
        stages = list(Stage)
        target = to_stage or stages[stages.index(Stage(row.stage)) + 1]
        return gate_request(
            measure=row,
            to_stage=target,
            asking=Asking(comment="Please decide."),
            by=house.actor(who),
        )


def moved(house: House, measure: Measure, word: str, who: str, **asking: Any) -> ApprovalRequest:
    """Somebody asks to hold, cancel … a measure."""
    given = {"comment": "It waits for a supplier.", "reason_code": "timing", **asking}
    with house.active():
        by = house.actor(who)
        return move_request(measure=fresh(house, measure), word=word, asking=Asking(**given), by=by)


def voted(
    house: House,
    request: ApprovalRequest,
    who: str,
    outcome: Outcome = Outcome.GO,
    **said: Any,
) -> ApprovalRequest:
    """Somebody votes on a request; the request as it is then."""
    with house.active():
        by = house.actor(who)
        draft = VoteDraft(
            outcome, **{"rationale": "Sound.", "snapshot_hash": request.snapshot_hash, **said}
        )
        vote_cast(request=request_by_id(request.public_id, by=by), draft=draft, by=by)
        return request_by_id(request.public_id, by=by)


DECIDERS = {
    "T2": ("controller", "sponsor"),
    "T3": ("sponsor", "controller", "forum_member"),
    "T4": ("sponsor", "executive"),
}


def climbed(house: House, measure: Measure, to_stage: Stage) -> Measure:
    """The measure after everybody said go, up to a stage below Closed."""
    while (row := fresh(house, measure)).stage != to_stage:
        request = asked(house, row)
        for who in DECIDERS[request.transition]:
            request = voted(house, request, who)
    return row

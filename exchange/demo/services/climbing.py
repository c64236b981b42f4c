"""Carrying a planted measure through its gates, by the acts of the people who have a part in it.

Nothing is set behind the services' backs: what the trail of the demo tells has happened.
"""

from collections.abc import Callable

from approvals.choices import Outcome
from exchange.demo.fates import Ending
from exchange.demo.services.casting import next_stages
from exchange.demo.services.deciding import (
    cancelled,
    closure_decided,
    gate_asked,
    held,
    reopened,
    voted,
)
from exchange.demo.services.preparing import (
    counted_once,
    ledger_filed,
    milestones_planned,
    milestones_reached,
    months_claimed,
    months_validated,
    reference_recorded,
)
from exchange.demo.services.scene import Climb, Climber, Scene
from initiatives.choices import Stage
from initiatives.gates.tracks import track_set
from initiatives.stage_models.choices import Track


def climb(scene: Scene, climber: Climber) -> None:
    """Bring one measure to its stage, and then to how its story ends for now."""
    run = Climb(scene, climber, [])
    reference_recorded(run)
    if climber.fate.ending is Ending.LIGHT:
        track_set(
            measure=climber.measure,
            track=Track.LIGHT,
            seen_version=climber.measure.version,
            by=scene.company.pmo,
        )
    stages = next_stages(climber.fate)
    for stage in stages:
        is_last = stage is stages[-1] and climber.fate.ending is Ending.CONDITIONAL
        PREPARE[stage](run)
        gate_asked(run, stage)
        PASS[stage](run, Outcome.CONDITIONAL_GO if is_last else Outcome.GO)
    END[climber.fate.ending](run)


def _prepare_nothing(run: Climb) -> None:
    """All that this gate asks for is there since the measure was planted."""


def _prepare_decided(run: Climb) -> None:
    milestones_planned(run)
    counted_once(run)


def _prepare_closed(run: Climb) -> None:
    months_validated(run, months_claimed(run))
    ledger_filed(run)


def _pass_detailed(run: Climb, outcome: Outcome) -> None:
    voted(run, run.controller, "controller")
    voted(run, run.sponsor, _phrase("sponsor", outcome), outcome)


def _pass_decided(run: Climb, outcome: Outcome) -> None:
    voted(run, run.sponsor, "sponsor")
    voted(run, run.controller, "controller")
    voted(run, run.forum, _phrase("forum", outcome), outcome)


def _pass_implemented(run: Climb, outcome: Outcome) -> None:
    voted(run, run.sponsor, "sponsor")
    voted(run, run.receiver, _phrase("receiver", outcome), outcome)


def _pass_closed(run: Climb, _outcome: Outcome) -> None:
    closure_decided(run)


def _phrase(name: str, outcome: Outcome) -> str:
    return "conditional" if outcome is Outcome.CONDITIONAL_GO else name


PREPARE: dict[Stage, Callable[[Climb], None]] = {
    Stage.DETAILED: _prepare_nothing,
    Stage.DECIDED: _prepare_decided,
    Stage.IMPLEMENTED: milestones_reached,
    Stage.CLOSED: _prepare_closed,
}
PASS: dict[Stage, Callable[[Climb, Outcome], None]] = {
    Stage.DETAILED: _pass_detailed,
    Stage.DECIDED: _pass_decided,
    Stage.IMPLEMENTED: _pass_implemented,
    Stage.CLOSED: _pass_closed,
}
NEXT = {
    Stage.IDENTIFIED: Stage.DETAILED,
    Stage.DETAILED: Stage.DECIDED,
    Stage.DECIDED: Stage.IMPLEMENTED,
    Stage.IMPLEMENTED: Stage.CLOSED,
}


def _stay(run: Climb) -> None:
    """It stays where it is; once the value shows, its owner has claimed the latest months."""
    if run.climber.fate.stage is Stage.IMPLEMENTED:
        months_validated(run, months_claimed(run), leaving=1)


def _ask_next(run: Climb) -> None:
    stage = NEXT[run.climber.fate.stage]
    PREPARE[stage](run)
    gate_asked(run, stage)


def _wait_for_controller(run: Climb) -> None:
    """The first step of T2 and T5 is the controller's."""
    _ask_next(run)


def _wait_for_sponsor(run: Climb) -> None:
    """T3 and T4 begin with the sponsor; T2 comes to him from the controller."""
    _ask_next(run)
    if run.climber.fate.stage is Stage.IDENTIFIED:
        voted(run, run.controller, "controller")


def _wait_for_forum(run: Climb) -> None:
    _ask_next(run)
    voted(run, run.sponsor, "sponsor")
    voted(run, run.controller, "controller")


def _send_back(run: Climb) -> None:
    """The controller sends back, before T3 once the sponsor has signed."""
    _ask_next(run)
    if run.climber.fate.stage is Stage.DETAILED:
        voted(run, run.sponsor, "sponsor")
    voted(run, run.controller, "send_back", Outcome.SEND_BACK)


def _make_ready(run: Climb) -> None:
    """Everything that closing asks for is there; only the owner has not asked yet."""
    months_validated(run, months_claimed(run))
    ledger_filed(run)


END: dict[Ending, Callable[[Climb], None]] = {
    Ending.NONE: _stay,
    Ending.WAITS_CONTROLLER: _wait_for_controller,
    Ending.WAITS_SPONSOR: _wait_for_sponsor,
    Ending.WAITS_FORUM: _wait_for_forum,
    Ending.SENT_BACK: _send_back,
    Ending.CONDITIONAL: _stay,
    Ending.ON_HOLD: held,
    Ending.CANCELLED: cancelled,
    Ending.LIGHT: _stay,
    Ending.READY: _make_ready,
    Ending.REOPENED: reopened,
}

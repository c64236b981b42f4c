"""Every way a measure can move (T2 to T17), as one table; pure.

Services, buttons, tests and the diagram in `docs/gates.md` all read it; nothing else says what
may follow what.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from initiatives.choices import Overlay, Stage

S, O = Stage, Overlay  # noqa: E741  # the table reads better


class Hand(StrEnum):
    """In which part somebody asks for a move."""

    OWNER = "owner"
    EFFECT_OWNER = "effect_owner"
    SPONSOR = "sponsor"
    CONTROLLER = "controller"
    PMO = "pmo"


class Way(StrEnum):
    """Where a move leads on the measure's ladder."""

    UP = "up"
    DOWN = "down"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: from which stages and overlays, whither, asked for by whom."""

    code: str
    word: str
    label: StrOrPromise
    stages: frozenset[Stage]
    overlay: Overlay
    way: Way
    to_overlay: Overlay
    hands: tuple[Hand, ...]
    # What the request must say besides a comment.
    needs_reason: bool = True
    needs_review: bool = False
    # Hold and cancel overtake an open request; everything else waits for it (G2).
    overtakes: bool = False


ALL = frozenset(Stage)
OPEN = ALL - {S.CLOSED}

GATE_WORDS = {"T2": S.IDENTIFIED, "T3": S.DETAILED, "T4": S.DECIDED, "T5": S.IMPLEMENTED}


def _gate(code: str, label: StrOrPromise, *stages: Stage, hands: tuple[Hand, ...]) -> Transition:
    return Transition(
        code,
        "gate",
        label,
        frozenset(stages),
        O.ACTIVE,
        Way.UP,
        O.ACTIVE,
        hands,
        needs_reason=False,
    )


TABLE: dict[str, Transition] = {
    row.code: row
    for row in (
        _gate("T2", _("Identified → Detailed"), S.IDENTIFIED, hands=(Hand.OWNER,)),
        # On the light track T3 leads from Identified.
        _gate("T3", _("Detailed → Decided"), S.DETAILED, S.IDENTIFIED, hands=(Hand.OWNER,)),
        _gate("T4", _("Decided → Implemented"), S.DECIDED, hands=(Hand.OWNER,)),
        _gate(
            "T5",
            _("Implemented → Closed"),
            S.IMPLEMENTED,
            hands=(Hand.OWNER, Hand.EFFECT_OWNER),
        ),
        Transition(
            "T8",
            "step-down",
            _("Step down one stage"),
            frozenset({S.DETAILED, S.DECIDED, S.IMPLEMENTED}),
            O.ACTIVE,
            Way.DOWN,
            O.ACTIVE,
            (Hand.CONTROLLER, Hand.PMO),
        ),
        Transition(
            "T9",
            "hold",
            _("Put on hold"),
            OPEN,
            O.ACTIVE,
            Way.STAY,
            O.ON_HOLD,
            (Hand.OWNER, Hand.PMO, Hand.CONTROLLER),
            needs_review=True,
            overtakes=True,
        ),
        Transition(
            "T10",
            "resume",
            _("Resume"),
            OPEN,
            O.ON_HOLD,
            Way.STAY,
            O.ACTIVE,
            (Hand.OWNER, Hand.PMO, Hand.CONTROLLER),
        ),
        Transition(
            "T11",
            "cancel",
            _("Cancel"),
            OPEN,
            O.ACTIVE,
            Way.STAY,
            O.CANCELLED,
            (Hand.OWNER, Hand.SPONSOR, Hand.CONTROLLER),
            overtakes=True,
        ),
        Transition(
            "T12",
            "reinstate",
            _("Reinstate"),
            OPEN,
            O.CANCELLED,
            Way.STAY,
            O.ACTIVE,
            (Hand.SPONSOR,),
        ),
        Transition(
            "T13",
            "reopen",
            _("Reopen"),
            frozenset({S.CLOSED}),
            O.ACTIVE,
            Way.DOWN,
            O.ACTIVE,
            (Hand.SPONSOR, Hand.PMO, Hand.CONTROLLER),
        ),
        Transition(
            "T15",
            "change",
            _("Change request"),
            OPEN - {S.IDENTIFIED},
            O.ACTIVE,
            Way.STAY,
            O.ACTIVE,
            (Hand.OWNER, Hand.PMO, Hand.CONTROLLER),
        ),
    )
}
# A measure on hold can be cancelled too: holding must not shield it.
ALSO_ON_HOLD = frozenset({"T11"})

# What happens to a request or without one; the table above says what may be asked for.
BY_DECISION: dict[str, StrOrPromise] = {
    "T6": _("Go with conditions; on hold when one is not met in time"),
    "T7": _("Send back: the measure stays and the rework counter rises"),
    "T14": _("Withdraw: whoever asked takes the request back"),
    "T17": _("Lapse: an unanswered request escalates and is never approved by silence"),
}


def asked_for(transition: str) -> str:
    """What a transition asks for, in words."""
    row = TABLE.get(transition)
    return str(row.label if row else BY_DECISION.get(transition, transition))


GATES = ("T2", "T3", "T4", "T5")
BY_WORD = {row.word: row for row in TABLE.values() if row.word != "gate"}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a measure stands, as far as the table needs to know."""

    stage: Stage
    overlay: Overlay
    ladder: tuple[Stage, ...] = tuple(Stage)
    has_open_request: bool = False

    def neighbour(self, way: Way) -> Stage | None:
        """The stage a move leads to; None off either end of the ladder."""
        if way is Way.STAY:
            return self.stage
        if self.stage not in self.ladder:
            return None
        index = self.ladder.index(self.stage) + (1 if way is Way.UP else -1)
        return self.ladder[index] if 0 <= index < len(self.ladder) else None


def position_refusal(row: Transition, at: Position) -> str | None:
    """Why a move cannot be asked for from here, as a refusal code; None if it can (G1, G2, G10)."""
    if at.overlay is not row.overlay and not (
        row.code in ALSO_ON_HOLD and at.overlay is Overlay.ON_HOLD
    ):
        return _overlay_refusal(at.overlay)
    if at.stage not in row.stages or at.neighbour(row.way) is None:
        return "measure_closed" if at.stage is Stage.CLOSED else "wrong_stage"
    if at.has_open_request and not row.overtakes:
        return "request_open"
    return None


def _overlay_refusal(overlay: Overlay) -> str:
    return {
        Overlay.CANCELLED: "measure_cancelled",
        Overlay.ON_HOLD: "measure_on_hold",
        Overlay.ACTIVE: "measure_active",
    }[overlay]


def after(row: Transition, at: Position) -> tuple[Stage, Overlay]:
    """Stage and overlay once the move is decided; raises `ValueError` where it leads nowhere."""
    stage = at.neighbour(row.way)
    if stage is None or position_refusal(row, at) not in {None, "request_open"}:
        raise ValueError(f"{row.code} does not lead anywhere from {at.stage}/{at.overlay}")
    return stage, row.to_overlay


def reachable(at: Position) -> Iterable[tuple[Transition, Stage, Overlay]]:
    """Every move that can be asked for from here."""
    for row in TABLE.values():
        if position_refusal(row, at) is None:
            yield (row, *after(row, at))


class TransitionWords:
    """The table as a closed list, so that histories name a transition and not its code."""

    choices = [(row.code, row.label) for row in TABLE.values()]

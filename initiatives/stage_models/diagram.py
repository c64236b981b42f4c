"""The ladder of a stage model as a drawing: boxes and arrows out of the table of moves; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django_stubs_ext import StrOrPromise

from initiatives.choices import Overlay, Stage
from initiatives.gates.transitions import TABLE, Position, Transition, Way, reachable
from initiatives.stage_models.choices import Track
from initiatives.stage_models.definition import Definition

WIDTH, BOX_WIDTH, BOX_HEIGHT, STEP = 360, 130, 40, 84
LEFT, TOP = 105, 16
MIDDLE, RIGHT = LEFT + BOX_WIDTH // 2, LEFT + BOX_WIDTH
SIDE, SIDE_WIDTH = 268, 88
BOW = 46
HEAD = 5


@dataclass(frozen=True, slots=True)
class Box:
    """One box with its text, where it is drawn."""

    x: int
    y: int
    width: int
    height: int
    label: str
    note: str = ""

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def line(self) -> int:
        """Where the first line of text stands."""
        return self.y + (17 if self.note else 24)


@dataclass(frozen=True, slots=True)
class Arrow:
    """One move: the path it is drawn along, its head, its code."""

    path: str
    head: str
    code: str
    x: int
    y: int
    is_light: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture."""

    width: int
    height: int
    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the text beside the picture: what may be asked for, from where to where."""

    code: str
    label: StrOrPromise
    origin: str
    target: str
    hands: tuple[str, ...]


def drawing_of(definition: Definition, language: str) -> Drawing:
    """The ladder from the bottom up, steps back on its left, hold and cancel on its right."""
    stages = list(Stage)
    height = TOP * 2 + BOX_HEIGHT + STEP * (len(stages) - 1)
    boxes = [
        Box(
            LEFT,
            _y(stage),
            BOX_WIDTH,
            BOX_HEIGHT,
            definition.label(stage, language),
            f"{stage.doi} · {definition.weight(stage):.0%}",
        )
        for stage in stages
    ]
    held, cancelled = _sides()
    return Drawing(
        WIDTH,
        height,
        [*boxes, held, cancelled],
        [*_gates(definition), *_steps_back(), *_overlays(held, cancelled)],
    )


def _y(stage: Stage) -> int:
    """The top of a stage's box; Closed stands on top."""
    return TOP + STEP * (len(Stage) - stage.doi)


def _sides() -> tuple[Box, Box]:
    held, cancelled = Overlay.ON_HOLD, Overlay.CANCELLED
    upper, lower = _y(Stage.IMPLEMENTED), _y(Stage.DETAILED)
    return (
        Box(SIDE, upper, SIDE_WIDTH, BOX_HEIGHT, str(held.label)),
        Box(SIDE, lower, SIDE_WIDTH, BOX_HEIGHT, str(cancelled.label)),
    )


def _gates(definition: Definition) -> Iterator[Arrow]:
    for gate in definition.gates_of(Track.STANDARD):
        top, bottom = _y(gate.target) + BOX_HEIGHT, _y(gate.origin)
        yield Arrow(
            f"M {MIDDLE} {bottom} V {top + HEAD}",
            _head(MIDDLE, top, up=True),
            gate.transition,
            MIDDLE + 8,
            (top + bottom) // 2 + 4,
        )
    standard = {(gate.origin, gate.target) for gate in definition.gates}
    for gate in definition.gates_of(Track.LIGHT):
        if (gate.origin, gate.target) not in standard:
            yield _bow(gate.origin, gate.target, gate.transition, BOW + 34, is_light=True)


def _steps_back() -> Iterator[Arrow]:
    """Each way down as the table has it (T8, T13)."""
    for row in TABLE.values():
        if row.way is Way.DOWN:
            for stage in sorted(row.stages, key=lambda one: one.doi):
                below = Position(stage, row.overlay).neighbour(row.way)
                if below is not None:
                    yield _bow(stage, below, row.code, BOW)


def _bow(origin: Stage, target: Stage, code: str, bow: int, *, is_light: bool = False) -> Arrow:
    """An arrow around the left side of the ladder."""
    start, end = _y(origin) + BOX_HEIGHT // 2, _y(target) + BOX_HEIGHT // 2
    start, end = (start + 8, end - 8) if origin.doi > target.doi else (start - 8, end + 8)
    x = LEFT - bow
    return Arrow(
        f"M {LEFT} {start} C {x} {start}, {x} {end}, {LEFT - HEAD} {end}",
        f"M {LEFT} {end} l -{HEAD + 2} -4 v 8 z",
        code,
        LEFT - round(bow * 0.75) - 22,
        (start + end) // 2 + 4,
        is_light,
    )


def _head(x: int, y: int, *, up: bool) -> str:
    return f"M {x} {y} l -4 {HEAD + 2} h 8 z" if up else f"M {x} {y} l -4 -{HEAD + 2} h 8 z"


def _overlays(held: Box, cancelled: Box) -> Iterator[Arrow]:
    """Moves that leave the stage and change the overlay: out above, back below."""
    boxes = {Overlay.ON_HOLD: held, Overlay.CANCELLED: cancelled}
    for row in TABLE.values():
        if row.way is not Way.STAY or row.overlay is row.to_overlay:
            continue
        is_out = row.to_overlay is not Overlay.ACTIVE
        box = boxes[row.to_overlay if is_out else row.overlay]
        y = box.y + (10 if is_out else BOX_HEIGHT - 10)
        start, end = (RIGHT, box.x - HEAD) if is_out else (box.x, RIGHT + HEAD)
        tip = (
            f"M {box.x} {y} l -{HEAD + 2} -4 v 8 z"
            if is_out
            else f"M {RIGHT} {y} l {HEAD + 2} -4 v 8 z"
        )
        label_y = y - 3 if is_out else y + 12
        yield Arrow(f"M {start} {y} H {end}", tip, row.code, RIGHT + 8, label_y)


def moves_of(definition: Definition, language: str) -> list[Move]:
    """Every move there is, in words; a move alike from several stages is told once."""
    found: dict[tuple[str, str], Move] = {}
    for track in (Track.STANDARD, Track.LIGHT):
        ladder = definition.ladder(track)
        for stage in ladder if len(ladder) > 1 else ():
            for overlay in Overlay:
                for row, to_stage, to_overlay in reachable(Position(stage, overlay, ladder)):
                    move = _move(definition, language, row, (stage, to_stage, overlay, to_overlay))
                    found.setdefault((row.code, f"{move.origin}→{move.target}"), move)
    return sorted(found.values(), key=lambda move: int(move.code[1:]))


def _move(
    definition: Definition,
    language: str,
    row: Transition,
    ends: tuple[Stage, Stage, Overlay, Overlay],
) -> Move:
    stage, to_stage, overlay, to_overlay = ends
    is_along = stage is not to_stage
    return Move(
        row.code,
        row.label,
        definition.label(stage, language) if is_along else str(overlay.label),
        definition.label(to_stage, language) if is_along else str(to_overlay.label),
        tuple(hand.value for hand in row.hands),
    )

"""The table of transitions as text: a diagram and a list for `docs/gates.md`; pure."""

from collections.abc import Iterator

from initiatives.choices import Overlay, Stage
from initiatives.gates.transitions import BY_DECISION, TABLE, Position, Transition, after

ON_HOLD, CANCELLED = "on_hold", "cancelled"


def mermaid() -> str:
    """A Mermaid state diagram: the ladder, and what leads off it and back."""
    lines = ["stateDiagram-v2", "  direction LR", "  [*] --> identified"]
    lines += [f"  {stage.value}: {stage.doi} {stage.name.title()}" for stage in Stage]
    lines += [
        "  on_hold: On hold (any stage but Closed)",
        "  cancelled: Cancelled (any stage but Closed)",
    ]
    lines += sorted({f"  {arrow}" for arrow in _arrows()})
    return "\n".join(lines)


def _arrows() -> Iterator[str]:
    for row in TABLE.values():
        if row.way == "stay":
            yield from _overlay_arrows(row)
            continue
        for stage in Stage:
            if stage not in row.stages or (row.code, stage) == ("T3", Stage.IDENTIFIED):
                continue
            target, _overlay = after(row, Position(stage, row.overlay))
            yield f"{stage.value} --> {target.value}: {row.code}"
    yield "identified --> decided: T3 on the light track"


def _overlay_arrows(row: Transition) -> Iterator[str]:
    """Off the ladder and back: drawn once, for the stage it leaves is the one it comes back to."""
    ends = {Overlay.ACTIVE: "decided", Overlay.ON_HOLD: ON_HOLD, Overlay.CANCELLED: CANCELLED}
    if row.overlay is not row.to_overlay:
        yield f"{ends[row.overlay]} --> {ends[row.to_overlay]}: {row.code}"
    elif row.code == "T15":
        yield "decided --> decided: T15"


def markdown_table() -> str:
    """The same as a table: code, what it does, from where, who asks."""
    head = ["| id | what | from | asked for by |", "|---|---|---|---|"]
    rows = [f"| {row.code} | {row.label} | {_from(row)} | {_who(row)} |" for row in TABLE.values()]
    rest = [f"| {code} | {text} | - | - |" for code, text in BY_DECISION.items()]
    return "\n".join([*head, *sorted([*rows, *rest], key=_number)])


def _who(row: Transition) -> str:
    return ", ".join(hand.value.replace("_", " ") for hand in row.hands)


def _from(row: Transition) -> str:
    stages = ", ".join(stage.value for stage in Stage if stage in row.stages)
    return f"{stages}; {row.overlay.value}"


def _number(line: str) -> int:
    return int(line.split("|")[1].strip().removeprefix("T"))

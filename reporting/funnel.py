"""The stage funnel: what stands at each stage, what went on, what is held or was lost; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from initiatives.choices import Overlay, Stage
from kpis.choices import EffectKind
from kpis.figures.rules import VALUE_KINDS
from kpis.rates.rules import ROUNDING
from reporting.rules import MeasureCount, ValueLine, stage_ages

ZERO = Decimal(0)
ByKind = Mapping[EffectKind, Decimal]


@dataclass(frozen=True, slots=True)
class Standing:
    """So many measures, and their V of the headline metric by kind."""

    number: int
    value: ByKind


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One stage: what is live, on hold and cancelled there.

    `reached` are all measures that came this far, whatever became of them; `goes_on` is the share
    of them that came further, None at the last stage and where nothing came this far. `days` is the
    mean age of live ones at the stage.
    """

    stage: Stage
    live: Standing
    held: Standing
    cancelled: Standing
    reached: int
    goes_on: Decimal | None
    days: int | None


def funnel(
    counts: Sequence[MeasureCount], lines: Iterable[ValueLine], metric: str, now: datetime
) -> list[FunnelStep]:
    """The five stages in their order, from the counts and lines of a place."""
    numbers: dict[tuple[Stage, Overlay], int] = {}
    for count in counts:
        key = (count.stage, count.overlay)
        numbers[key] = numbers.get(key, 0) + count.number
    values = _values(lines, metric)
    at = {stage: sum(numbers.get((stage, o), 0) for o in Overlay) for stage in Stage}
    stages, ages = list(Stage), stage_ages(counts, now)
    reached = [sum(at[stage] for stage in stages[index:]) for index in range(len(stages))]
    steps = []
    for index, stage in enumerate(stages):
        live, held, cancelled = (
            Standing(numbers.get((stage, overlay), 0), _by_kind(values, stage, overlay))
            for overlay in (Overlay.ACTIVE, Overlay.ON_HOLD, Overlay.CANCELLED)
        )
        further = None if index + 1 == len(stages) else reached[index + 1]
        share = None if further is None or not reached[index] else Decimal(further) / reached[index]
        steps.append(FunnelStep(stage, live, held, cancelled, reached[index], share, ages[stage]))
    return steps


Key = tuple[Stage, Overlay, EffectKind]


def _values(lines: Iterable[ValueLine], metric: str) -> dict[Key, Decimal]:
    found: dict[Key, Decimal] = {}
    for line in lines:
        if line.metric == metric and line.kind in VALUE_KINDS:
            key = (line.share.stage, line.share.overlay, line.kind)
            found[key] = ROUNDING.add(found.get(key, ZERO), line.share.value)
    return found


def _by_kind(values: Mapping[Key, Decimal], stage: Stage, overlay: Overlay) -> ByKind:
    return {kind: values.get((stage, overlay, kind), ZERO) for kind in VALUE_KINDS}

"""A small line as SVG coordinates: no axis, no script, one path per unbroken run of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WIDTH: Final = 96
HEIGHT: Final = 24
_MARGIN: Final = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """What the template prints: the runs as `points`, the last figure's place, the zero line."""

    runs: Sequence[str]
    last: tuple[str, str] | None
    zero: str | None


def sparkline(values: Sequence[Decimal | None]) -> Sparkline:
    """Place figures on a 96 by 24 grid; gaps break the line; zero is drawn where it is crossed."""
    figures = [value for value in values if value is not None]
    if not figures:
        return Sparkline([], None, None)
    low, high = min(figures), max(figures)
    points = [_place(index, value, len(values), (low, high)) for index, value in enumerate(values)]
    crossing = low < 0 < high
    return Sparkline(
        [" ".join(f"{x},{y}" for x, y in run) for run in _runs(points)],
        next(point for point in reversed(points) if point is not None),
        _height(Decimal(0), (low, high)) if crossing else None,
    )


def _place(
    index: int, value: Decimal | None, count: int, bounds: tuple[Decimal, Decimal]
) -> tuple[str, str] | None:
    if value is None:
        return None
    step = Decimal(WIDTH - 2 * _MARGIN) / Decimal(max(count - 1, 1))
    return f"{_MARGIN + step * index:.1f}", _height(value, bounds)


def _height(value: Decimal, bounds: tuple[Decimal, Decimal]) -> str:
    low, high = bounds
    share = (value - low) / (high - low) if high > low else Decimal("0.5")
    return f"{HEIGHT - _MARGIN - share * (HEIGHT - 2 * _MARGIN):.1f}"


def _runs(points: Sequence[tuple[str, str] | None]) -> list[list[tuple[str, str]]]:
    runs: list[list[tuple[str, str]]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]

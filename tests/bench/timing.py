"""Taking times: the product and the bare statement in turn, then medians and ratios."""

import gc
import math
import statistics
import time
from dataclasses import dataclass

from tests.bench.registry import Act, Pair

MOST_TURNS = 60
WARM_UP = 2
SLOW_SECONDS = 2.0


@dataclass(frozen=True)
class Figures:
    """Milliseconds of both sides of one pair."""

    product: list[float]
    bare: list[float]
    rows: int

    @property
    def ratio(self) -> float:
        """Median of the product's times over the median of the bare ones."""
        return self.p50 / self.bare_p50

    @property
    def p50(self) -> float:
        return statistics.median(self.product)

    @property
    def bare_p50(self) -> float:
        return statistics.median(self.bare)

    @property
    def p95(self) -> float:
        return percentile(self.product, 0.95)

    @property
    def bare_p95(self) -> float:
        return percentile(self.bare, 0.95)

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.p50 * 1000


def percentile(times: list[float], share: float) -> float:
    """The smallest time that at least this share of all times does not exceed."""
    ordered = sorted(times)
    return ordered[math.ceil(share * len(ordered)) - 1]


def measured(pair: Pair, *, seconds: float) -> Figures:
    """Both sides in turn until the time is up, at least `pair.least` times each.

    Warm-up turns are not counted, unless one turn takes seconds: then caches hardly matter.
    """
    started = time.perf_counter()
    for _turn in range(0 if pair.takes_minutes else WARM_UP):
        if time.perf_counter() - started < SLOW_SECONDS:
            pair.product()
            pair.bare()
    product: list[float] = []
    bare: list[float] = []
    deadline = time.perf_counter() + seconds
    while len(product) < pair.least or (
        len(product) < MOST_TURNS and time.perf_counter() < deadline
    ):
        product.append(clocked(pair.product))
        bare.append(clocked(pair.bare))
    return Figures(product, bare, pair.rows)


def clocked(act: Act) -> float:
    """Milliseconds of one call, without the garbage of the calls before."""
    gc.collect(0)
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000

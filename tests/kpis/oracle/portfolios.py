"""Random measures as raw cells, in all stages and overlays; months are counted from year 0."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

STAGES = ("identified", "detailed", "decided", "implemented", "closed")
OVERLAYS = ("active", "active", "active", "on_hold", "cancelled")
KINDS = ("recurring", "one_off", "one_time_cost", "running_cost")
CLASSES = ("hard", "avoidance", "unsplit")
# Metric: how its months become a year, and with how many decimals.
METRICS = {"EBITDA": ("sum", 2), "FTE": ("average", 1), "WORKING_CAPITAL": ("last", 2)}
WEIGHTS = dict(zip(STAGES, map(Decimal, ("0.1", "0.3", "0.5", "0.8", "1")), strict=True))
FIRST, LAST = 2024 * 12, 2026 * 12

Cells = dict[int, Decimal]
SEEDS = st.integers(0, 2**40)
LARGE = settings(
    max_examples=100,
    deadline=None,
    # A smaller seed is no simpler example.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@dataclass
class RawEffect:
    metric: str
    currency: str
    kind: str
    effect_class: str
    start: int | None
    plan: Cells = field(default_factory=dict)
    forecast: Cells = field(default_factory=dict)
    baselines: list[Cells] = field(default_factory=list)
    claimed: Cells = field(default_factory=dict)
    validated: Cells = field(default_factory=dict)
    rejected: set[int] = field(default_factory=set)
    restated: Cells = field(default_factory=dict)

    @property
    def accepted(self) -> Cells:
        """What was validated, with what was restated since (V4)."""
        months = {*self.validated, *self.restated}
        nothing = Decimal(0)
        return {m: self.validated.get(m, nothing) + self.restated.get(m, nothing) for m in months}

    @property
    def rule(self) -> str:
        return METRICS[self.metric][0]

    @property
    def decimals(self) -> int:
        return METRICS[self.metric][1]


@dataclass
class RawMeasure:
    stage: str
    overlay: str
    effects: list[RawEffect]
    closed_in: int | None = None

    @property
    def weight(self) -> Decimal:
        return WEIGHTS[self.stage]


class Dice:
    """Draws from a seed: large examples, dense enough that every rule has something to bite on."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  # nothing secret is drawn

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def amount(self, decimals: int) -> Decimal:
        if self.often(0.1):
            return Decimal(0)
        negative = 0 if self.often(0.8) else 1000
        return Decimal(self.random.randint(-negative, 3000)).scaleb(-decimals)

    def cells(self, decimals: int) -> Cells:
        """A run of months with gaps; sometimes none."""
        if self.often(0.1):
            return {}
        first = self.random.randint(FIRST, FIRST + 6)
        months = range(first, min(LAST, first + self.random.randint(1, 20)))
        return {month: self.amount(decimals) for month in months if not self.often(0.1)}

    def near(self, cells: Cells, decimals: int) -> Cells:
        """The same months a little later or less, as forecasts and later baselines are."""
        shift = self.random.choice((0, 0, 0, 0, 0, 1, 3, 4, -1))
        part = Decimal(self.random.choice(("1", "1", "0.96", "0.96", "0.94", "0.85", "0.7")))
        step = Decimal(1).scaleb(-decimals)
        return {
            month + shift: (amount * part).quantize(step)
            for month, amount in cells.items()
            if month + shift < LAST and not self.often(0.03)
        }

    def effect(self, *, is_decided: bool) -> RawEffect:
        metric = self.random.choice(("EBITDA", "EBITDA", *sorted(METRICS)))
        effect = RawEffect(
            metric=metric,
            currency="" if metric == "FTE" else self.random.choice(("EUR", "EUR", "EUR", "USD")),
            kind=self.random.choice(("recurring", "recurring", *KINDS)),
            effect_class=self.random.choice(CLASSES),
            start=self.random.randint(FIRST, LAST - 12) if self.often(0.5) else None,
        )
        effect.plan = self.cells(effect.decimals)
        # A measure that stepped down keeps its baselines and what was validated (F9).
        if is_decided or self.often(0.3):
            self._frozen(effect)
        return effect

    def _frozen(self, effect: RawEffect) -> None:
        latest = effect.plan
        for _number in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            effect.baselines.append(latest)
            latest = self.near(latest, effect.decimals)
        effect.baselines = [cells for cells in effect.baselines if cells]
        effect.forecast = self.near(latest, effect.decimals)
        if self.often(0.2):
            return
        effect.claimed = self.near(effect.plan, effect.decimals)
        rejects = self.often(0.3)
        for month, amount in effect.claimed.items():
            verdict = self.random.choice(("open", *["validated"] * 8, "adjusted"))
            if rejects and self.often(0.2):
                effect.rejected.add(month)
            elif verdict != "open":
                adjusted = self.amount(effect.decimals)
                effect.validated[month] = amount if verdict == "validated" else adjusted
        if self.often(0.4):
            for _number in range(self.random.randint(1, 4)):
                month = self.random.randint(FIRST, LAST - 1)
                effect.restated[month] = self.amount(effect.decimals) or Decimal(1)

    def measure(self) -> RawMeasure:
        stage = self.random.choice(("decided", *STAGES))
        is_decided = STAGES.index(stage) >= STAGES.index("decided")
        made = [self.effect(is_decided=is_decided) for _effect in range(self.random.randint(0, 4))]
        measure = RawMeasure(stage, self.random.choice(OVERLAYS), made)
        if stage == "closed":
            measure.closed_in = self.random.randint(FIRST, LAST)
        return measure


def portfolios(most: int = 4) -> st.SearchStrategy[list[RawMeasure]]:
    def made(seed: int) -> list[RawMeasure]:
        dice = Dice(seed)
        return [dice.measure() for _measure in range(dice.random.randint(1, most))]

    return SEEDS.map(made)


def effects() -> st.SearchStrategy[RawEffect]:
    return SEEDS.map(lambda seed: Dice(seed).effect(is_decided=True))

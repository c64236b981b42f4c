"""Random measures as raw cells, in all stages and overlays; months are counted from year 0."""

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

STAGES = ("identified", "detailed", "decided", "implemented", "closed")
OVERLAYS = ("active", "active", "active", "on_hold", "cancelled")
KINDS = ("recurring", "one_off", "one_time_cost", "running_cost")
CLASSES = ("hard", "avoidance", "unsplit")
# Metric: how its months become a year, and with how many decimals.
METRICS = {"EBITDA": ("sum", 2), "FTE": ("average", 1), "WORKING_CAPITAL": ("last", 2)}
WEIGHTS = dict(zip(STAGES, map(Decimal, ("0.1", "0.3", "0.5", "0.8", "1")), strict=True))
FIRST, LAST = 2024 * 12, 2027 * 12

Cells = dict[int, Decimal]


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


def amounts(decimals: int) -> st.SearchStrategy[Decimal]:
    return st.one_of(
        st.just(Decimal(0)), st.decimals(-1000, 1000, places=decimals, allow_nan=False)
    )


def cells(decimals: int, *, most: int = 18) -> st.SearchStrategy[Cells]:
    """Months with gaps."""
    return st.dictionaries(st.integers(FIRST, LAST - 1), amounts(decimals), max_size=most)


@st.composite
def effects(draw: st.DrawFn, *, is_decided: bool) -> RawEffect:
    metric = draw(st.sampled_from(sorted(METRICS)))
    money = draw(st.sampled_from(("EUR", "EUR", "USD")))
    effect = RawEffect(
        metric=metric,
        currency="" if metric == "FTE" else money,
        kind=draw(st.sampled_from(KINDS)),
        effect_class=draw(st.sampled_from(CLASSES)),
        start=draw(st.none() | st.integers(FIRST, LAST - 12)),
    )
    some = cells(effect.decimals)
    effect.plan = draw(some)
    # A measure that stepped down keeps its baselines and what was validated (F9).
    if is_decided or draw(st.booleans()):
        effect.baselines = [one for one in draw(st.lists(some, max_size=2)) if one]
        effect.forecast = draw(some)
        effect.claimed = draw(cells(effect.decimals, most=12))
        for month, amount in effect.claimed.items():
            verdict = draw(st.sampled_from(("open", "validated", "adjusted", "rejected")))
            if verdict == "rejected":
                effect.rejected.add(month)
            elif verdict != "open":
                adjusted = draw(amounts(effect.decimals))
                effect.validated[month] = amount if verdict == "validated" else adjusted
    return effect


@st.composite
def measures(draw: st.DrawFn) -> RawMeasure:
    stage = draw(st.sampled_from(STAGES))
    is_decided = STAGES.index(stage) >= STAGES.index("decided")
    made = draw(st.lists(effects(is_decided=is_decided), max_size=3))
    measure = RawMeasure(stage, draw(st.sampled_from(OVERLAYS)), made)
    if stage == "closed":
        measure.closed_in = draw(st.integers(FIRST, LAST))
    return measure


def portfolios(most: int = 4) -> st.SearchStrategy[list[RawMeasure]]:
    return st.lists(measures(), min_size=1, max_size=most)

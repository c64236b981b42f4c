"""The outline of the invented portfolio: how it reads, and that the shipped one is sound."""

import json
from decimal import Decimal

import pytest
from django.conf import settings

from exchange.demo.outline import BadOutline, Branch, MeasureLine, read_outline
from exchange.demo.plans import (
    LAST,
    Schedule,
    choice,
    effects_of_line,
    gaps_of,
    months,
    schedule_of,
)
from exchange.demo.services.nordwerk import PLACES
from exchange.demo.wording import description_of
from governance.text import text_fault
from governance.tree.choices import Level
from kpis.choices import EffectClass, EffectKind
from kpis.metrics.services import STARTING_METRICS
from kpis.rules import Month

HEAD = "* Portfolio | entity=E1 forum=F1\n** Program | function=EK\n*** Project | unit=U1\n"
ONE_OFF, RECURRING = EffectKind.ONE_OFF, EffectKind.RECURRING


def line(text: str) -> MeasureLine:
    """A measure in a project."""
    (found,) = read_outline(HEAD + text)[0].walk()
    return found


@pytest.fixture(scope="module")
def shipped() -> list[Branch]:
    return read_outline((settings.DEMO_DATA / "nordwerk.txt").read_text(encoding="utf-8"))


def test_levels_follow_the_stars_and_pass_on_their_place() -> None:
    below = "**** Package | unit=U2\nBelow | 2\n*** Other project\nLast | 3\n"
    text = HEAD + "> What it is about\nDirect | 1\n" + below
    (portfolio,) = read_outline("# a comment\n\n" + text)
    (program,) = portfolio.branches
    first, other = program.branches
    assert [m.title for m in first.measures] == ["Direct"]
    assert (first.description, other.description) == ("What it is about", "")
    assert first.branches[0].level is Level.PACKAGE
    (inside,) = first.branches[0].measures
    assert inside.place == {"entity": "E1", "forum": "F1", "function": "EK", "unit": "U2"}
    assert other.measures[0].place == {"entity": "E1", "forum": "F1", "function": "EK"}
    assert [m.title for m in portfolio.walk()] == ["Direct", "Below", "Last"]


def test_a_measure_reads_with_its_amounts_and_words() -> None:
    found = line("Motoren tauschen | -42.5! | cost=60 co2=3.5 usd avoid")
    assert (found.title, found.amount, found.is_once) == (
        "Motoren tauschen",
        Decimal("-42.5"),
        True,
    )
    assert found.numbers == {"cost": Decimal(60), "co2": Decimal("3.5")}
    assert (found.currency, found.is_avoidance) == ("USD", True)


@pytest.mark.parametrize(
    "text",
    [
        "Title without amount",
        "Title | many",
        "Title | 1 | cost=x",
        "Title | 1 | price=5",
        "Title | 1 | yen",
        "***** Too deep",
        "*No blank",
    ],
)
def test_a_line_that_does_not_fit_is_named(text: str) -> None:
    with pytest.raises(BadOutline, match="line 4"):
        read_outline(HEAD + text)


@pytest.mark.parametrize("text", ["Measure | 1", "> About nothing", "** Program without portfolio"])
def test_nothing_stands_outside_a_portfolio(text: str) -> None:
    with pytest.raises(BadOutline, match="line 1"):
        read_outline(text)


def test_the_shipped_outline_has_its_size_and_no_title_twice(shipped: list[Branch]) -> None:
    (portfolio,) = shipped
    projects = [project for program in portfolio.branches for project in program.branches]
    packages = [package for project in projects for package in project.branches]
    titles = [m.title for m in portfolio.walk()]
    assert (len(portfolio.branches), len(projects), len(packages)) == (4, 12, 24)
    assert len(titles) == len(set(titles)) == 301
    assert not any(text_fault(title, limit=200) for title in titles)


def test_the_shipped_outline_names_only_what_there_is(shipped: list[Branch]) -> None:
    facts = json.loads((settings.DEMO_DATA / "nordwerk.json").read_text(encoding="utf-8"))
    for measure in shipped[0].walk():
        assert set(measure.place) == set(PLACES)
        for word, code in measure.place.items():
            assert code in facts[PLACES[word][1]]


def test_the_shipped_outline_has_all_there_is_to_show(shipped: list[Branch]) -> None:
    measures = list(shipped[0].walk())
    effects = [effect for measure in measures for effect in effects_of_line(measure)]
    metrics = {effect.metric for effect in effects}
    assert metrics == {"EBITDA", "CASH", "REVENUE", "WORKING_CAPITAL", "FTE", "CO2"}
    assert metrics <= {draft.code for draft in STARTING_METRICS}
    assert {effect.kind for effect in effects} == set(EffectKind)
    assert {effect.effect_class for effect in effects} == {EffectClass.HARD, EffectClass.AVOIDANCE}
    assert {effect.currency for effect in effects} == {"", "USD", "CHF"}
    assert all(effect.cells for effect in effects)
    assert 0.04 < sum(bool(gaps_of(m)) for m in measures) / len(measures) < 0.12


def test_work_and_value_of_the_shipped_measures_stay_in_the_years_planned(
    shipped: list[Branch],
) -> None:
    for measure in shipped[0].walk():
        when = schedule_of(measure)
        assert Month(2026, 1) <= when.start <= when.end < when.value_start < LAST
        assert when.planned_start < when.planned_end
        for effect in effects_of_line(measure):
            assert Month(2026, 1) <= min(effect.cells) <= max(effect.cells) <= LAST


def test_every_shipped_measure_and_level_describes_itself(shipped: list[Branch]) -> None:
    facts = json.loads((settings.DEMO_DATA / "nordwerk.json").read_text(encoding="utf-8"))
    for measure in shipped[0].walk():
        assert description_of(measure, facts["texts"], "EUR").endswith(".")
    levels = [shipped[0]]
    for level in levels:
        assert level.description.endswith(".")
        levels += level.branches


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A | 1450 | cost=2.5 chf", "YEAR 1.450 CHF COST 2,5 CHF"),
        ("A | -380! | co2=-35", "ONCE- 380 EUR CO2- 35 EUR"),
        ("A | 20! | avoid", "ONCE 20 EUR AVOID"),
        ("A | 0 | fte=2", "FTE 2 EUR"),
    ],
)
def test_a_description_says_each_amount_in_its_own_sentence(text: str, said: str) -> None:
    names = ("once", "year", "year_at_once", "cost", "fte", "co2")
    texts = {name: name.upper() + " {amount} {currency}" for name in names}
    texts |= {f"{name}_less": name.upper() + "- {amount} {currency}" for name in names}
    texts["avoid"] = "AVOID"
    assert description_of(line(text), texts, "EUR") == said


WHEN = Schedule(Month(2026, 2), Month(2026, 4), 3)


def cells(text: str, when: Schedule = WHEN) -> dict[tuple[str, EffectKind], list[Decimal]]:
    """Months of each effect of a measure that happens at this time."""
    return {
        (effect.metric, effect.kind): list(effect.cells.values())
        for effect in effects_of_line(line(text), when)
    }


def test_a_yearly_amount_grows_to_its_full_size_and_stays() -> None:
    plan = cells("A | 36")[("EBITDA", RECURRING)]
    assert plan[:4] == [Decimal(1000), Decimal(2000), Decimal(3000), Decimal(3000)]
    assert (len(plan), set(plan[3:])) == (32, {Decimal(3000)})


def test_any_year_after_the_ramp_adds_up_to_the_amount() -> None:
    plan = cells("A | 100")[("EBITDA", RECURRING)]
    assert {sum(plan[start : start + 12]) for start in range(3, 20)} == {Decimal(100_000)}


def test_costs_fall_into_the_work_and_single_amounts_after_it() -> None:
    plan = cells("A | 30! | cost=10 run=12 cash=5")
    assert plan[("EBITDA", EffectKind.ONE_TIME_COST)] == [
        Decimal(3333),
        Decimal(3333),
        Decimal(3334),
    ]
    assert plan[("EBITDA", EffectKind.RUNNING_COST)][:2] == [Decimal(1000), Decimal(1000)]
    assert plan[("EBITDA", ONE_OFF)] == [Decimal(30_000)]
    assert plan[("CASH", ONE_OFF)] == [Decimal(5000)]


def test_heads_and_balances_are_levels_and_tonnes_add_up() -> None:
    plan = cells("A | 0 | fte=2 wc=300 co2=12")
    assert set(plan) == {
        ("FTE", RECURRING),
        ("WORKING_CAPITAL", RECURRING),
        ("CO2", RECURRING),
    }
    assert plan[("FTE", RECURRING)][:4] == [Decimal("0.7"), Decimal("1.3"), Decimal(2), Decimal(2)]
    assert plan[("WORKING_CAPITAL", RECURRING)][-1] == Decimal(300_000)
    assert sum(plan[("CO2", RECURRING)][3:15]) == Decimal(12)


def test_what_is_counted_has_no_currency() -> None:
    found = {e.metric: e.currency for e in effects_of_line(line("A | 5 | fte=1 revenue=9 chf"))}
    assert found == {"EBITDA": "CHF", "FTE": "", "REVENUE": "CHF"}


def test_choices_hang_on_their_words_alone() -> None:
    assert choice(range(1000), "a", "b") == choice(range(1000), "a", "b")
    assert len({choice(range(1000), str(n)) for n in range(50)}) > 40


def test_months_from_a_later_to_an_earlier_one_are_none() -> None:
    assert months(Month(2026, 2), Month(2026, 1)) == []
    assert months(Month(2025, 12), Month(2026, 1)) == [Month(2025, 12), Month(2026, 1)]

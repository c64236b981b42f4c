"""Change requests at random, compared with plain books kept beside them (T15, V2, V3, F8)."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from approvals.choices import Outcome
from kpis.choices import Cause, EffectKind, Series
from kpis.forecasts.selectors import grid_of
from kpis.models import Effect
from kpis.rules import Month
from tests.houses import House
from tests.initiatives.climbing import decide
from tests.initiatives.climbing import fresh as fresh_measure
from tests.kpis.actual_making import series
from tests.kpis.changes.making import ask, asked, baselines, make_frozen, route
from tests.kpis.forecasting import forecast

pytestmark = pytest.mark.usefixtures("open_stages")
MONTHS = [f"{year}-{month:02d}" for year in (2026, 2027) for month in range(1, 13)]
STEPS, LIMIT = 14, 100_000
NAMES = ("run_rate", "one_time_cost")
Cells = dict[str, int]


@dataclass
class Books:
    """One effect as plain numbers; a baseline is never touched once it is written."""

    effect: Effect
    plan: Cells
    forecast: Cells
    baselines: dict[int, Cells] = field(default_factory=dict)

    @property
    def current(self) -> Cells:
        return self.baselines[max(self.baselines)]

    def decided(self, cells: Mapping[str, int | None]) -> None:
        """New months; the forecast goes along where it stood at the baseline."""
        for month, amount in cells.items():
            follows = self.forecast.get(month) == self.current.get(month)
            for book in (self.plan, self.forecast) if follows else (self.plan,):
                book.pop(month, None)
                if amount is not None:
                    book[month] = amount


def size(kind: EffectKind, before: Cells, after: Cells) -> int:
    """The year that moves most where it recurs, else the whole."""
    spans = [MONTHS[:12], MONTHS[12:]] if kind is EffectKind.RECURRING else [MONTHS]
    return max(abs(sum(after.get(m, 0) - before.get(m, 0) for m in span)) for span in spans)


class Walk:
    """Steps over one measure with something that recurs and something it costs."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.dice = house, random.Random(seed)  # noqa: S311  # a walk to be repeated, no secret
        first = dict.fromkeys(MONTHS, 10000)
        texts = {month: str(amount) for month, amount in first.items()}
        effects = make_frozen(
            house,
            {"cells": texts, "run_rate_start": date(2026, 1, 1)},
            {"cells": texts, "kind": EffectKind.ONE_TIME_COST},
        )
        self.measure = effects[0].measure
        self.books = [Books(e, dict(first), dict(first), {1: dict(first)}) for e in effects]
        self.moved = dict.fromkeys(NAMES, 0)

    def step(self) -> None:
        if self.dice.random() < 0.25:
            self.forecasts()
        else:
            self.changes()
        self.compare()

    def forecasts(self) -> None:
        book, month = self.dice.choice(self.books), self.dice.choice(MONTHS)
        amount = self.dice.randrange(8_000, 12_000)
        reason = (None, "other", "The walk goes on.")
        forecast(self.house, book.effect, {month: str(amount)}, Cause.VALUE, reason)
        book.forecast[month] = amount

    def changes(self) -> None:
        wanted = self.wanted()
        asks = [
            asked(self.house, book.effect, {m: None if a is None else str(a) for m, a in c.items()})
            for book, c in wanted
        ]
        if not asks:
            return
        request = ask(self.house, *asks, measure=self.measure)
        sums = dict(self.moved)
        for book, cells in wanted:
            place = self.books.index(book)
            after = {m: a for m, a in (book.plan | cells).items() if a is not None}
            sums[NAMES[place]] += size(EffectKind(book.effect.kind), book.plan, after)
        assert request.amount == max(sums.values())
        last = "forum" if request.amount >= LIMIT else "sponsor"
        assert route(self.house, request) == ["controller", last]
        if self.dice.random() < 0.2:
            decide(self.house, request, Outcome.SEND_BACK)
            return
        decide(self.house, request)
        self.moved = dict.fromkeys(NAMES, 0) if last == "forum" else sums
        for book, cells in wanted:
            book.decided(cells)
        number = max(self.books[0].baselines) + 1
        for book in self.books:
            book.baselines[number] = dict(book.plan)

    def wanted(self) -> list[tuple[Books, dict[str, int | None]]]:
        """Months that rise, or fall, or change places: an increase comes alone."""
        way = self.dice.choice(["up", "down", "down", "swap"])
        books = self.dice.sample(self.books, self.dice.choice([1, 1, 2]))
        found = []
        for book in books:
            months = self.dice.sample(MONTHS, 4)
            cells: dict[str, int | None] = {}
            for month in months if way != "swap" else ():
                held = book.plan.get(month, 0)
                off = self.dice.randrange(1, 9_000)
                cells[month] = held + off if way == "up" else self.dice.choice([held - off, None])
            if way == "swap":
                one, other = months[:2]
                cells = {one: book.plan.get(other), other: book.plan.get(one)}
            # A month that was empty and stays so, or two alike, change nothing.
            cells = {m: a for m, a in cells.items() if a != book.plan.get(m)}
            if way == "down":
                cells = {m: a for m, a in cells.items() if (a or 0) < book.plan.get(m, 0)}
            if cells:
                found.append((book, cells))
        return found

    def compare(self) -> None:
        with self.house.active():
            rows = {row.effect.pk: row for row in grid_of(fresh_measure(self.house, self.measure))}
        for book in self.books:
            assert series(self.house, book.effect, Series.PLAN) == _exact(book.plan)
            assert series(self.house, book.effect, Series.FORECAST) == _exact(book.forecast)
            kept = {number: _exact(cells) for number, cells in book.baselines.items()}
            assert baselines(self.house, book.effect) == kept
            row = rows[book.effect.pk]
            for year, variance in row.variances(1).items():
                found = [
                    sum(amount for month, amount in cells.items() if month[:4] == str(year))
                    for cells in (book.forecast, book.current, book.baselines[1])
                ]
                assert variance.amount == found[0] - found[1]
                assert variance.against_original == found[0] - found[2]
            assert row.original == {_month(m): a for m, a in kept[1].items()}


def _exact(cells: Cells) -> dict[str, Decimal]:
    return {month: Decimal(amount) for month, amount in sorted(cells.items())}


def _month(text: str) -> Month:
    return Month(int(text[:4]), int(text[5:]))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_decided_the_books_agree(alpha: House, seed: int) -> None:
    walk = Walk(alpha, seed)
    for _number in range(STEPS):
        walk.step()
    assert max(walk.books[0].baselines) > 3

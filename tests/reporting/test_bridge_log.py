"""The bridge read from the database: random histories as rows of the log and of the cells."""

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.rules import canonical
from governance.audit.services import Subject, record
from governance.errors import Invalid
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from initiatives.models import Measure
from initiatives.services import default_package, project_create
from kpis.models import Effect, Metric, ValueHistory, ValueYear
from reporting import bridge_facts
from reporting.bridge_facts import Window, bridge_of
from tests.houses import House
from tests.kpis.oracle.facts import month_at
from tests.kpis.oracle.loading import place, with_metrics
from tests.kpis.oracle.portfolios import LARGE, RawMeasure
from tests.kpis.oracle.stories import FIRST_MONTH, HERE, Happening, Story, stories
from tests.kpis.test_bridge import HORIZONS, HOURS, WHOLE, at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


@pytest.fixture
def house(in_alpha: House) -> House:
    with_metrics(in_alpha)
    return in_alpha


class Loader:
    """Writes a story as the product would have left it."""

    def __init__(self, house: House, story: Story) -> None:
        self.house, self.story = house, story
        by = house.system(*Role)
        self.programs = {True: house.program, False: house.other_program}
        self.projects = [
            project_create(parent=house.program, draft=NodeDraft(Level.PROJECT, f"P{n}"), by=by)
            for n in range(story.measures)
        ]
        self.packages = [default_package(project) for project in self.projects]
        away = project_create(
            parent=house.other_program, draft=NodeDraft(Level.PROJECT, "Away"), by=by
        )
        self.away = default_package(away)
        self.effects: list[Effect] = []

    def load(self) -> None:
        record(AuditAction.MEASURE_CHANGED, subject=Subject("x", "x", "x"), by=self.house.system())
        final = self.story.told(until=10_000)
        for index, standing in enumerate(final):
            # Of every second measure the project moves, of the others the measure itself.
            is_here = standing.place == HERE
            if index % 2 and not is_here:
                self._project_moved(index)
            package = self.packages[index] if index % 2 or is_here else self.away
            measure = Measure.objects.create(
                code=f"M-9{index}", name="x", sort_key="x", package=package
            )
            # The plan first: a decided measure's changes by a decision alone.
            self._effect(measure, standing.cells)
            place(self.house, measure, RawMeasure(standing.stage, standing.overlay, []))
        self._trail()
        self._history()

    def _project_moved(self, index: int) -> None:
        project, parent = self.projects[index], self.house.other_program
        path = f"{parent.path}{project.pk}/"
        Node.objects.filter(pk=self.packages[index].pk).update(
            path=f"{path}{self.packages[index].pk}/"
        )
        Node.objects.filter(pk=project.pk).update(parent=parent, path=path)

    def _effect(self, measure: Measure, cells: dict[tuple[str, int], Decimal]) -> None:
        metric = Metric.objects.get(code="EBITDA")
        effect = Effect.objects.create(
            measure=measure, metric=metric, kind="one_off", effect_class="hard", currency="EUR"
        )
        self.effects.append(effect)
        years: dict[tuple[str, int], ValueYear] = {}
        for (series, position), amount in cells.items():
            month = month_at(position)
            row = years.setdefault(
                (series, month.year), ValueYear(effect=effect, series=series, year=month.year)
            )
            setattr(row, f"m{month.number:02d}", amount)
        ValueYear.objects.insert_many(list(years.values()))

    def _trail(self) -> None:
        rows = [
            (self._body(event), at(event.hour).isoformat())
            for event in self.story.events
            if event.what != "cell" and event.hour
        ]
        AuditEvent.objects.insert_records(("body", "recorded_at"), rows)

    def _body(self, event: Happening) -> str:
        action, key, changes = self._told(event)
        return canonical(
            {
                "id": uuid.uuid4(),
                "at": at(event.hour),
                "tenant": self.house.tenant.pk,
                "action": action,
                "subject": {"type": "x", "key": key, "label": key},
                "actor": {"name": "x", "email": "", "via": "page"},
                "on_behalf_of": "",
                "changes": changes,
                "reason": "",
                "request_id": "",
            }
        )

    def _told(self, event: Happening) -> tuple[AuditAction, str, dict[str, list[object]]]:
        index = event.measure
        if event.what == "created":
            return AuditAction.MEASURE_CREATED, f"M-9{index}", {}
        if event.what != "place":
            changes = {event.what: [event.before, event.after]}
            return AuditAction.MEASURE_STAGE_CHANGED, f"M-9{index}", changes
        sides = [event.before == HERE, event.after == HERE]
        if index % 2:
            parents: list[object] = [self.programs[side].code for side in sides]
            return AuditAction.NODE_MOVED, self.projects[index].code, {"parent": parents}
        packages: list[object] = [
            (self.packages[index] if side else self.away).code for side in sides
        ]
        return AuditAction.MEASURE_MOVED, f"M-9{index}", {"measure_package": packages}

    def _history(self) -> None:
        cells = [event for event in self.story.events if event.what == "cell"]
        names = ["effect_public_id", "series", "month", "before", "after", "changed_at", "cause"]
        rows = [
            [
                self.effects[event.measure].public_id,
                event.series,
                month_at(event.month).first_day,
                event.before,
                event.after,
                at(event.hour).isoformat(),
                event.cause,
            ]
            for event in cells
        ]
        same = {"source": "form", "author": "x", "baseline_no": 0}
        ValueHistory.objects.insert_records(names, rows, same)


def window_of(start: int, end: int, months: range) -> Window:
    first, last = month_at(months.start).first_day, month_at(months.stop).first_day
    return Window(at(start), at(end), first, last)


def compared(house: House, story: Story, hours: tuple[int, int], months: range) -> None:
    start, end = sorted(hours)
    with transaction.atomic():
        Loader(house, story).load()
        window, paths = window_of(start, end, months), [house.program.path]
        bridge = bridge_of(paths, window, house.tenant)
        every = bridge_of(paths, window, house.tenant, each=True)
        assert (every.start, every.steps, every.end) == (bridge.start, bridge.steps, bridge.end)
        assert every.residual == 0
        assert bridge.start == story.total(months, until=start)
        assert bridge.end == story.total(months, until=end)
        assert bridge.residual == 0
        found = {step.value: amount for step, amount in bridge.steps.items() if amount}
        wanted = story.steps(months, start, end)
        assert found == {step: amount for step, amount in wanted.items() if amount}
        transaction.set_rollback(True)


@settings(LARGE, max_examples=20)
@given(told=stories(), hours=st.tuples(HOURS, HOURS), months=HORIZONS)
def test_the_bridge_of_a_program_closes(
    house: House, told: Story, hours: tuple[int, int], months: range
) -> None:
    compared(house, told, hours, months)


@pytest.mark.slow
@settings(LARGE, max_examples=300)
@given(told=stories(), hours=st.tuples(HOURS, HOURS), months=HORIZONS)
def test_the_bridge_of_a_program_closes_at_length(
    house: House, told: Story, hours: tuple[int, int], months: range
) -> None:
    compared(house, told, hours, months)


def one_month(hour: int = 5) -> Story:
    month = FIRST_MONTH
    return Story(
        1,
        [
            Happening(1, 0, "created"),
            Happening(hour, 0, "cell", None, Decimal(9), "plan", month, "estimate"),
        ],
    )


def test_a_month_that_changed_past_its_history_is_a_residual(house: House) -> None:
    Loader(house, one_month()).load()
    ValueYear.objects.update(m01=Decimal(11))
    bridge = bridge_of([house.program.path], window_of(0, 9, WHOLE), house.tenant)
    assert (bridge.start, bridge.end, bridge.residual) == (0, 11, 2)


def test_what_nothing_happened_to_counts_at_both_ends(house: House) -> None:
    Loader(house, one_month()).load()
    bridge = bridge_of([house.program.path], window_of(6, 9, WHOLE), house.tenant)
    assert (bridge.start, bridge.end, bridge.residual) == (9, 9, 0)
    later = replace(window_of(6, 9, WHOLE), first=date(2030, 1, 1), last=date(2031, 1, 1))
    assert bridge_of([house.program.path], later, house.tenant).end == 0


def test_a_story_too_long_is_not_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    Loader(house, one_month()).load()
    monkeypatch.setattr(bridge_facts, "MOST_EVENTS", 0)
    with pytest.raises(Invalid) as caught:
        bridge_of([house.program.path], window_of(0, 9, WHOLE), house.tenant)
    assert list(caught.value.errors) == ["from"]

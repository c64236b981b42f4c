"""The calendar: one person proposes, another publishes, and what is published stays (S5)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import STANDARD, BusinessCalendar, Holiday
from governance.calendars.selectors import (
    calendar_numbered,
    current_calendar,
    today_of,
    zone_of,
)
from governance.calendars.services import (
    CALENDAR,
    CalendarDraft,
    calendar_propose,
    calendar_publish,
)
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.events.models import OutboxEvent
from governance.history import history_of
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.versions.choices import VersionState
from governance.versions.selectors import version_in_force, version_numbered
from governance.versions.services import version_withdraw
from tests.houses import House, World
from tests.racing import errors_in, race

MANAGERS = {Role.ADMINISTRATOR, Role.PMO, Role.HEAD_OF_CONTROLLING}
CHRISTMAS = Holiday(date(2026, 12, 25), "Christmas Day")


@pytest.fixture
def pmo(in_alpha: House) -> Actor:
    return in_alpha.actor("pmo")


@pytest.fixture
def admin(in_alpha: House) -> Actor:
    return in_alpha.actor("administrator")


def proposed(by: Actor, *holidays: Holiday) -> CalendarVersion:
    return calendar_propose(draft=CalendarDraft(holidays=holidays), by=by)


def published(pmo: Actor, admin: Actor, *holidays: Holiday) -> CalendarVersion:
    row = proposed(pmo, *holidays)
    return calendar_publish(number=row.number, seen_version=1, by=admin)


def facts() -> tuple[int, int, list[Any]]:
    rows = CalendarVersion.objects.order_by("number").values_list("number", "state", "version")
    return AuditEvent.objects.count(), OutboxEvent.objects.count(), list(rows)


def refused(error: type[Exception], work: Callable[[], Any]) -> Any:
    """What a refusal says; it leaves nothing behind."""
    before = facts()
    with pytest.raises(error) as caught, transaction.atomic():
        work()
    assert facts() == before
    return caught.value


def test_without_a_version_the_standard_holds(in_alpha: House) -> None:
    assert current_calendar() == STANDARD
    assert (STANDARD.working_days, STANDARD.holidays) == ({1, 2, 3, 4, 5}, frozenset())
    assert calendar_numbered(0) == STANDARD
    assert version_in_force(CalendarVersion) is None


def test_a_proposal_holds_nowhere_until_a_second_person_publishes_it(
    pmo: Actor, admin: Actor
) -> None:
    row = proposed(pmo, CHRISTMAS)
    assert (row.number, row.state, current_calendar()) == (1, VersionState.DRAFT, STANDARD)
    with pytest.raises(NotVisible):
        calendar_numbered(1)
    done = calendar_publish(number=1, seen_version=1, by=admin)
    assert (done.state, done.version, done.published_by_id) == ("published", 2, admin.membership_id)
    expected = BusinessCalendar(STANDARD.working_days, frozenset({CHRISTMAS.day}), 1)
    with CaptureQueriesContext(connection) as queries:
        assert current_calendar() == expected
    assert len(queries) == 1
    assert calendar_numbered(1) == expected


def test_a_later_version_supersedes_and_the_former_can_still_be_counted_by(
    pmo: Actor, admin: Actor
) -> None:
    published(pmo, admin, CHRISTMAS)
    published(pmo, admin)
    assert [r.state for r in CalendarVersion.objects.order_by("number")] == [
        "superseded",
        "published",
    ]
    assert current_calendar().holidays == frozenset()
    assert calendar_numbered(1).holidays == {CHRISTMAS.day}


def test_who_proposed_does_not_publish(in_alpha: House, pmo: Actor) -> None:
    """S5, for a person and for the product itself."""
    proposed(pmo)
    for by in (pmo, in_alpha.system(Role.PMO)):
        error = refused(Forbidden, lambda by=by: calendar_publish(number=1, seen_version=1, by=by))
        assert (error.code, error.errors) == ("segregation_of_duties", {"rule": ["S5"]})
        assert "S5" in str(error.detail)
    assert refused(Forbidden, lambda: proposed(in_alpha.system(Role.PMO))).errors == {
        "rule": ["S5"]
    }


@pytest.mark.parametrize("role", Role)
def test_only_who_manages_governance_writes_it(in_alpha: House, role: Role) -> None:
    by = in_alpha.actor(role.value)
    other = in_alpha.actor("pmo" if role is Role.ADMINISTRATOR else "administrator")
    if role in MANAGERS:
        proposed(other)
        calendar_publish(number=1, seen_version=1, by=by)
        proposed(by)
        version_withdraw(kind=CALENDAR, number=2, seen_version=1, by=by)
        return
    refused(Forbidden, lambda: proposed(by))
    proposed(other)
    refused(Forbidden, lambda: calendar_publish(number=1, seen_version=1, by=by))
    refused(Forbidden, lambda: version_withdraw(kind=CALENDAR, number=1, seen_version=1, by=by))


def test_who_manages_a_part_of_the_tree_does_not_set_the_tenants_calendar(in_alpha: House) -> None:
    refused(Forbidden, lambda: proposed(in_alpha.actor("narrow")))


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (CalendarDraft(working_days=[]), ["working_days"]),
        (CalendarDraft(working_days=[1, 8]), ["working_days"]),
        (CalendarDraft(holidays=[CHRISTMAS, CHRISTMAS]), ["holidays.1"]),
        (CalendarDraft(holidays=[Holiday(date(1800, 1, 1), "x")]), ["holidays.0"]),
        (CalendarDraft([0], [Holiday(date(2026, 1, 1), "")]), ["working_days", "holidays.0"]),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    pmo: Actor, draft: CalendarDraft, fields: list[str]
) -> None:
    error = refused(Invalid, lambda: calendar_propose(draft=draft, by=pmo))
    assert list(error.errors) == fields


def test_one_proposal_waits_at_a_time_and_a_number_is_given_once(pmo: Actor, admin: Actor) -> None:
    proposed(pmo)
    assert refused(Conflict, lambda: proposed(admin)).code == "calendar_proposed"
    assert version_withdraw(kind=CALENDAR, number=1, seen_version=1, by=admin).state == "withdrawn"
    assert proposed(admin).number == 2
    error = refused(Conflict, lambda: calendar_publish(number=1, seen_version=2, by=admin))
    assert error.code == "calendar_not_proposed"


def test_an_old_version_or_an_unknown_number_is_refused(pmo: Actor, admin: Actor) -> None:
    published(pmo, admin)
    refused(Stale, lambda: calendar_publish(number=1, seen_version=1, by=admin))
    refused(Conflict, lambda: version_withdraw(kind=CALENDAR, number=1, seen_version=2, by=admin))
    for number in (2, 10**12):
        refused(
            NotVisible,
            lambda number=number: calendar_publish(number=number, seen_version=1, by=admin),
        )


@pytest.mark.parametrize(
    "values",
    [
        {"holidays": []},
        {"working_days": [7]},
        {"number": 9},
        {"state": "draft", "published_by": None, "published_at": None},
        {"state": "withdrawn", "published_by": None, "published_at": None},
        {"published_at": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_is_published_never_changes(pmo: Actor, admin: Actor, values: dict[str, Any]) -> None:
    row = published(pmo, admin, CHRISTMAS)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        CalendarVersion.objects.filter(pk=row.pk).update(**values)
    name = caught.value.__cause__.diag.constraint_name  # type: ignore[union-attr]  # refused by the database
    assert name == "governance_calendar_version_is_final"


def test_no_version_is_ever_deleted_and_no_proposal_is_reworded(pmo: Actor) -> None:
    row = proposed(pmo, CHRISTMAS)
    for work in (
        lambda: CalendarVersion.objects.filter(pk=row.pk).delete(),
        lambda: CalendarVersion.objects.filter(pk=row.pk).update(holidays=[]),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            work()


def test_history_says_who_proposed_and_who_published_what(pmo: Actor, admin: Actor) -> None:
    published(pmo, admin)
    row = calendar_propose(draft=CalendarDraft([1, 2], [CHRISTMAS]), by=pmo)
    calendar_publish(number=row.number, seen_version=1, by=admin)
    said = [entry.sentence for entry in history_of("calendar", "2").rows]
    changes = (
        "2026-12-25 Christmas Day, "
        "working days Monday, Tuesday, Wednesday, Thursday, Friday → Monday, Tuesday"
    )
    assert said == [
        f"Administrator published version 2 of the calendar: {changes}",
        f"Pmo proposed version 2 of the calendar: {changes}",
    ]
    topics = OutboxEvent.objects.filter(topic__startswith="calendar.").order_by("id")
    assert [event.topic for event in topics][-2:] == ["calendar.proposed", "calendar.published"]


def test_another_tenants_calendar_does_not_count_here(world: World) -> None:
    with world.beta.active():
        published(world.beta.actor("pmo"), world.beta.actor("administrator"), CHRISTMAS)
    with world.alpha.active():
        assert current_calendar() == STANDARD
        with pytest.raises(NotVisible):
            version_numbered(CalendarVersion, 1)


def test_the_day_is_that_of_the_tenants_time_zone(
    in_alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    assert today_of(in_alpha.tenant) == date(2026, 12, 31)
    in_alpha.tenant.time_zone = "Europe/Berlin"
    assert today_of(in_alpha.tenant) == date(2027, 1, 1)
    assert zone_of(in_alpha.tenant).key == "Europe/Berlin"


@pytest.mark.slow
def test_a_proposal_is_published_once_and_one_waits_at_a_time(lasting_world: World) -> None:
    house = lasting_world.alpha
    pmo, admin, head = (house.actor(n) for n in ("pmo", "administrator", "head_of_controlling"))

    def run(work: Callable[[], Any]) -> Callable[[], Any]:
        def within() -> Any:
            with house.active():
                return work()

        return within

    results = race(*(run(lambda by=by: proposed(by)) for by in (pmo, pmo, pmo)))
    assert [e.code for e in errors_in(results)] == ["calendar_proposed"] * 2
    publications = [
        run(lambda by=by: calendar_publish(number=1, seen_version=1, by=by))
        for by in (admin, head, admin)
    ]
    withdrawal = run(lambda: version_withdraw(kind=CALENDAR, number=1, seen_version=1, by=pmo))
    results = race(*publications, withdrawal)
    assert [type(error) for error in errors_in(results)] == [Stale] * 3
    with house.active():
        row = version_numbered(CalendarVersion, 1)
        assert (row.state, row.version) in {("published", 2), ("withdrawn", 2)}
        assert AuditEvent.objects.filter(subject_type="calendar").count() == 2

"""Two schedulers at once, and workers that die between deciding and sending: each told once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from approvals.escalations import registry
from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from approvals.escalations.services.running import Ran
from governance.notifications.models import Mail, Notification
from tests.approvals.escalations.desk import Desk, desk_of, staff
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = 25


def running(house: House, desk: Desk, moment: str) -> Callable[[], Ran]:
    def run() -> Ran:
        with house.active():
            return desk.run(moment)

    return run


def everything_once(house: House) -> dict[str, int]:
    """How many rows there are of each; fails where anything stands twice."""
    with house.active():
        levels = Counter(EscalationLevel.objects.values_list("escalation_id", "number"))
        receivers = Counter(EscalationReceiver.objects.values_list("escalation_id", "member_id"))
        told = Notification.objects.filter(kind__startswith="escalation")
        mails = Counter(told.values_list("recipient_id", "key"))
        for counted in (levels, receivers, mails):
            assert set(counted.values()) <= {1}
        return {
            "open": Escalation.objects.filter(ended_at__isnull=True).count(),
            "levels": len(levels),
            "receivers": len(receivers),
            "notices": len(mails),
            "mails": Mail.objects.count(),
        }


def test_schedulers_side_by_side_tell_everybody_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        staff(house)
    with desk_of(house) as desk:
        for number in range(THINGS):
            desk.owe(str(number))
        for moment in ("2026-03-05 00:01", "2026-03-06 00:01", "2026-03-10 00:01"):
            results = race(*[running(house, desk, moment)] * 4)
            assert errors_in(results) == []
    assert everything_once(house) == {
        "open": THINGS,
        "levels": 2 * THINGS,
        "receivers": 2 * THINGS,
        "notices": 2,
        "mails": 2,
    }


def test_a_worker_that_dies_before_it_commits_has_told_nobody(lasting_world: World) -> None:
    """The server ends the connection once a level is decided; the next run tells, once."""
    house = lasting_world.alpha
    with house.active():
        staff(house)
    with desk_of(house) as desk:
        desk.owe()
        running(house, desk, "2026-03-05 00:01")()
        registry.register(replace(desk.source(), reached=_die))
        with pytest.raises(DatabaseError):
            running(house, desk, "2026-03-06 00:01")()
        connection.close()
        assert everything_once(house)["levels"] == 0
        registry.register(desk.source())
        assert running(house, desk, "2026-03-06 00:01")().told == 1
        assert running(house, desk, "2026-03-06 00:02")().told == 0
    assert everything_once(house) == {
        "open": 1,
        "levels": 1,
        "receivers": 1,
        "notices": 1,
        "mails": 1,
    }


def _die(_key: str, _told: object, _by: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_a_run_that_is_taken_back_leaves_neither_level_nor_notice(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        staff(house)
    with desk_of(house) as desk:
        desk.owe()
        running(house, desk, "2026-03-05 00:01")()
        with house.active(), transaction.atomic():
            assert desk.run("2026-03-06 00:01").told == 1
            transaction.set_rollback(True)
        assert everything_once(house)["notices"] == 0
        assert running(house, desk, "2026-03-06 00:01")().told == 1


def test_tenants_do_not_wait_for_each_other(lasting_world: World) -> None:
    """One tenant's run holds its own lock alone."""
    alpha, beta = lasting_world.alpha, lasting_world.beta
    with alpha.active():
        staff(alpha)
    with desk_of(alpha) as desk:
        desk.owe()
        with alpha.active():
            assert desk.run("2026-03-05 00:01").opened == 1
            desk.items.clear()
            (other,) = race(running(beta, Desk(beta), "2026-03-05 00:01"))
    assert not isinstance(other, Exception)

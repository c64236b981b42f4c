"""Exceptions past their day: the tiers climb by themselves, the last one escalates (E2, T17)."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from approvals.escalations.services.running import Ran, escalations_run
from approvals.exceptions.choices import Category, ExceptionSource, Tier
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.overdue import SOURCES
from approvals.exceptions.rules import Size
from approvals.exceptions.services.opening import Cause, exception_open_for
from approvals.exceptions.services.watching import exceptions_climb
from governance.notifications.models import Notification
from governance.permissions.selectors import system_actor
from tests.approvals.escalations.desk import staff
from tests.approvals.exceptions.opening import asked, assigned, decided, fresh, opened, subject
from tests.houses import House

SECOND = timedelta(seconds=1)


@pytest.fixture
def house(in_alpha: House) -> House:
    staff(in_alpha)
    return in_alpha


def watched(house: House, moment: datetime) -> Ran:
    """Both tasks of a minute, in either order."""
    by = system_actor(house.tenant.pk, via="worker")
    first = escalations_run(by=by, now=moment)
    exceptions_climb(by=house.system(), now=moment)
    then = escalations_run(by=by, now=moment)
    return Ran(
        opened=first.opened + then.opened,
        ended=first.ended + then.ended,
        told=first.told + then.told,
    )


def committee(house: House, row: GovernanceException) -> datetime:
    """Let an exception climb to the last tier; when it is due there."""
    for _tier in (Tier.LOCAL, Tier.CROSS_FUNCTIONAL):
        ran = watched(house, fresh(house, row).due_at + SECOND)
        assert ran.opened == 0, "it climbed by itself"
    kept = fresh(house, row)
    assert kept.tier == Tier.COMMITTEE
    return kept.due_at


def told() -> list[tuple[int, str]]:
    rows = EscalationReceiver.objects.select_related("member__user").order_by("id")
    return [(row.number, row.member.name) for row in rows]


def workdays(due: datetime, count: int) -> datetime:
    """Just after so many weekdays that follow a due time have ended."""
    moment = due + SECOND
    while count:
        moment += timedelta(days=1)
        count -= (moment - SECOND).isoweekday() <= 5
    return moment


@pytest.mark.django_db
def test_finance_escalates_within_finance_only() -> None:
    assert [(one.code, one.is_finance) for one in SOURCES] == [
        ("exception", False),
        ("exception_finance", True),
    ]


@pytest.mark.django_db
def test_the_last_tier_climbs_from_its_owner_to_the_forum_each_level_once(house: House) -> None:
    row = assigned(house)
    due = committee(house, row)
    own_notices = Counter(Notification.objects.values_list("kind", "recipient_id"))
    assert watched(house, due - SECOND).opened == 0
    assert watched(house, due + SECOND).told == 1
    for days in (1, 2, 3, 8):
        watched(house, workdays(due, days))
        assert watched(house, workdays(due, days) + SECOND).told == 0
    assert told() == [(1, "Consultant"), (2, "Pmo"), (3, "Sponsor"), (4, "Forum Member")]
    assert list(EscalationLevel.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    only = Escalation.objects.get()
    assert (only.label, only.link) == (f"{row.code} Steel comes late", f"exceptions/{row.code}/")
    # Its own notices of climbing tell of the tiers before, none comes twice.
    after = Counter(Notification.objects.values_list("kind", "recipient_id"))
    assert {pair: n for pair, n in after.items() if pair[0].startswith("exception.")} == {
        pair: n for pair, n in own_notices.items() if pair[0].startswith("exception.")
    }


@pytest.mark.django_db
def test_without_an_owner_the_next_one_hears_at_once(house: House) -> None:
    due = committee(house, opened(house))
    assert watched(house, due + SECOND).told == 1
    assert told() == [(2, "Pmo")]


@pytest.mark.django_db
def test_a_decision_ends_it_in_the_name_of_who_decided(house: House) -> None:
    row = asked(house)
    due = committee(house, row)
    watched(house, due + SECOND)
    decided(house, fresh(house, row), who="forum_member")
    assert watched(house, due + 2 * SECOND).ended == 1
    only = Escalation.objects.select_related("ended_by__user").get()
    assert (only.end_reason, only.ended_by and only.ended_by.name) == ("done", "Forum Member")


@pytest.mark.django_db
def test_an_exception_of_finance_reaches_the_head_of_controlling(house: House) -> None:
    cause = Cause(
        source=ExceptionSource.SUSTAIN_SHORTFALL,
        key="one",
        subject=subject(house),
        category=Category.FINANCE,
        size=Size(Decimal(2_000_000)),
        is_finance=True,
    )
    row = exception_open_for(cause=cause, by=house.system())
    assert row is not None
    assert row.tier == Tier.COMMITTEE
    watched(house, row.due_at + SECOND)
    watched(house, workdays(row.due_at, 5))
    assert told() == [(2, "Head Of Controlling")]
    assert Escalation.objects.get().source == "exception_finance"

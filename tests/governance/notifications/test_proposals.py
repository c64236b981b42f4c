"""Settings that wait for a second person, and months to be judged: who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps

from approvals.escalations.choices import Tier
from approvals.escalations.services.policies import policy_propose, policy_publish
from governance import tasks
from governance.calendars.services import (
    CALENDAR,
    CalendarDraft,
    calendar_propose,
    calendar_publish,
)
from governance.events.models import OutboxEvent
from governance.events.registry import subscribers
from governance.events.services import drain
from governance.notifications.models import Notification
from governance.notifications.proposals import KIND, TASK, proposal_tell
from governance.notifications.registry import render
from governance.people.choices import Role
from governance.permissions.services import role_grant
from governance.versions.models import SettingVersion
from governance.versions.services import version_withdraw
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.services import reporting_calendar_propose, reporting_calendar_publish
from initiatives.stage_models.services import VersionDraft, version_propose, version_publish
from kpis.periods.notices import KIND as SUBMITTED
from kpis.periods.notices import submission_tell
from kpis.periods.services import period_lock
from kpis.rates.services import rates_confirm, rates_refuse
from kpis.restatements.services import (
    RestatementDraft,
    restatement_approve,
    restatement_propose,
)
from kpis.settings.rules import ValueTerms
from kpis.settings.services import value_settings_propose, value_settings_publish
from tests.approvals.climbing import short_definition
from tests.houses import House, World
from tests.kpis.actual_making import fresh, now
from tests.kpis.conftest import open_stages
from tests.kpis.rating import proposed
from tests.kpis.settling import decided_effect, settled
from tests.kpis.targeting import approve as approve_target
from tests.kpis.targeting import propose as propose_target
from tests.kpis.targeting import with_starting_metrics

__all__ = ["open_stages"]


def told(kind: str) -> set[str]:
    rows = Notification.objects.filter(kind=kind).select_related("recipient__user")
    return {row.recipient.name for row in rows}


def delivered(house: House) -> int:
    """Hand over what waits in the outbox to the task that tells, each event twice; how many."""
    with house.active():
        rows = [row for row in OutboxEvent.objects.order_by("id") if TASK in subscribers(row.topic)]
        OutboxEvent.objects.all().delete()
        for row in [*rows, *rows]:
            tell = {"noun": row.payload["noun"], "key": row.payload.get("proposal", row.key)}
            proposal_tell(**tell, by=house.system())
    return len(rows)


@pytest.mark.django_db
def test_every_setting_in_versions_is_told() -> None:
    kinds = {model for model in apps.get_models() if issubclass(model, SettingVersion)}
    assert len(kinds) == 4
    nouns = {"calendar", "value_settings", "escalation_policy", "reporting_calendar"}
    for noun in nouns:
        for word in ("proposed", "published", "withdrawn"):
            assert TASK in subscribers(f"{noun}.{word}"), noun


Ask = Callable[[House], Any]


@dataclass(frozen=True)
class Case:
    """One kind of proposals: how it is made, how decided, by whom, and who hears of it or not."""

    ask: Ask
    end: Callable[[House, Any], Any]
    hears: str
    deaf: frozenset[str]
    title: str
    proposer: str = "pmo"

    def __str__(self) -> str:
        return self.title


def pmo(house: House) -> Any:
    return house.actor("pmo")


def published(publish: Callable[..., Any]) -> Callable[[House, Any], Any]:
    return lambda house, row: publish(
        number=row.number, seen_version=row.version, by=house.actor("administrator")
    )


def a_target(house: House) -> Any:
    with_starting_metrics(house)
    return propose_target(house, house.program)


def a_restatement(house: House) -> Any:
    month = now(house, back=2)
    settled(house, closes_from=month, claim_day=60, validation_day=60)
    effect = decided_effect(house)
    period_lock(month=month, by=house.actor("controller"))
    draft = RestatementDraft(str(month), str(now(house)), "-20", "Booked twice.")
    return restatement_propose(
        effect=fresh(house, effect), draft=draft, by=house.actor("controller")
    )


MODEL = VersionDraft("Short", short_definition())
CASES = (
    Case(
        lambda house: calendar_propose(draft=CalendarDraft(), by=pmo(house)),
        published(calendar_publish),
        "Administrator",
        frozenset({"Pmo", "Owner", "Guest"}),
        "calendar 1",
    ),
    Case(
        lambda house: value_settings_propose(terms=ValueTerms(), by=pmo(house)),
        published(value_settings_publish),
        "Administrator",
        frozenset({"Pmo", "Owner"}),
        "value settings 1",
    ),
    Case(
        lambda house: policy_propose(said={"milestone": {Tier.OWES: 2}}, by=pmo(house)),
        published(policy_publish),
        "Administrator",
        frozenset({"Pmo", "Owner"}),
        "escalation policies 1",
    ),
    Case(
        lambda house: reporting_calendar_propose(
            terms=RhythmTerms(), program=house.program, by=pmo(house)
        ),
        published(reporting_calendar_publish),
        "Administrator",
        frozenset({"Pmo", "Owner", "Narrow"}),
        "reporting calendar 1",
    ),
    Case(
        lambda house: version_propose(draft=MODEL, by=pmo(house)),
        lambda house, row: version_publish(version=row, by=house.actor("administrator")),
        "Administrator",
        frozenset({"Pmo", "Owner"}),
        "stage model Short 2",
    ),
    Case(
        lambda house: proposed(house, {"USD": {"2026-01": "0.92"}, "GBP": {"2026-01": "1.1"}}),
        lambda house, rows: rates_confirm(
            ids=[row.public_id for row in rows], by=house.actor("second_finance")
        ),
        "Second Finance",
        frozenset({"Controller", "Pmo", "Owner"}),
        "exchange rates GBP, USD",
        "controller",
    ),
    Case(
        a_target,
        approve_target,
        "Head Of Controlling",
        frozenset({"Pmo", "Controller", "Owner"}),
        "target PG-001 EBITDA 2026",
    ),
    Case(
        a_restatement,
        lambda house, row: restatement_approve(restatement=row, by=house.actor("second_finance")),
        "Second Finance",
        frozenset({"Controller", "Pmo", "Owner"}),
        "restatement M-",
        "controller",
    ),
)


@pytest.mark.usefixtures("open_stages")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_whoever_may_decide_hears_once_until_it_is_decided(in_alpha: House, case: Case) -> None:
    house = in_alpha
    with house.active():
        row = case.ask(house)
    assert delivered(house) >= 1
    with house.active():
        waiting = Notification.objects.filter(kind=KIND.code, read_at__isnull=True)
        rows = list(waiting.select_related("recipient__user"))
        assert case.hears in {one.recipient.name for one in rows}
        assert not case.deaf & {one.recipient.name for one in rows}
        assert len({one.recipient_id for one in rows}) == len(rows)
        shown = render(rows[0].kind, rows[0].known_params)
        assert case.title in shown.title
        assert shown.lines == (f"Proposed by {house.actor(case.proposer).name}.",)
        who = next(name for name, one in house.people.items() if one.name == case.hears)
    assert house.client(who).get(house.page(shown.path)).status_code == 200
    with house.active():
        case.end(house, row)
    assert delivered(house) >= 1
    with house.active():
        assert not waiting.exists()


@pytest.mark.django_db
def test_of_many_rates_those_that_are_left_are_still_asked_about(in_alpha: House) -> None:
    rows = proposed(in_alpha, {"USD": {"2026-01": "0.92"}, "GBP": {"2026-01": "1.1"}})
    delivered(in_alpha)
    by = in_alpha.actor("second_finance")
    unread = Notification.objects.filter(kind=KIND.code, read_at__isnull=True)
    rates_confirm(ids=[rows[0].public_id], by=by)
    delivered(in_alpha)
    assert unread.exists()
    rates_refuse(ids=[rows[1].public_id], by=by)
    delivered(in_alpha)
    assert not unread.exists()


@pytest.mark.django_db
def test_a_consultant_prepares_a_target_and_is_not_asked_to_approve_it(in_alpha: House) -> None:
    by = in_alpha.system(Role.ADMINISTRATOR)
    consultant = in_alpha.people["consultant"]
    role_grant(membership=consultant, role=Role.PMO, node=in_alpha.root, by=by)
    a_target(in_alpha)
    delivered(in_alpha)
    assert "Head Of Controlling" in told(KIND.code)
    assert "Consultant" not in told(KIND.code)


@pytest.mark.django_db
def test_what_was_taken_back_before_anybody_was_told_is_told_to_nobody(in_alpha: House) -> None:
    by = in_alpha.actor("pmo")
    row = calendar_propose(draft=CalendarDraft(), by=by)
    version_withdraw(kind=CALENDAR, number=row.number, seen_version=row.version, by=by)
    assert delivered(in_alpha) == 2
    assert not told(KIND.code)


def test_whoever_validates_hears_of_a_month_that_ended(in_alpha: House) -> None:
    assert submission_tell(month="2026-01", by=in_alpha.system()) > 0
    assert "Controller" in told(SUBMITTED.code)
    assert not {"Owner", "Guest", "Administrator"} & told(SUBMITTED.code)
    assert render(SUBMITTED.code, {"month": "2026-01"}).title == "Claims of January 2026 have ended"


@pytest.mark.django_db(transaction=True)
def test_the_outbox_hands_a_proposal_to_the_task_that_tells(lasting_world: World) -> None:
    house = lasting_world.alpha
    with house.active():
        calendar_propose(draft=CalendarDraft(), by=house.actor("pmo"))
    sent: list[dict[str, Any]] = []

    def send(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
        if task == tasks.tell_of_proposal.name:
            sent.append(kwargs)

    while drain(house.tenant.pk, send=send):
        pass
    [message] = sent
    for _delivery in range(2):
        tasks.tell_of_proposal(**message)
    with house.active():
        assert "Administrator" in told(KIND.code)

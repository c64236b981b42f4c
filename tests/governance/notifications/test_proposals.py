"""Settings that wait for a second person, and months to be judged: who is told."""

from typing import Any

import pytest

from governance import tasks
from governance.calendars.services import CalendarDraft, calendar_propose
from governance.events.services import drain
from governance.notifications.models import Notification
from governance.notifications.proposals import KIND, proposal_tell
from governance.notifications.registry import render
from kpis.periods.notices import KIND as SUBMITTED
from kpis.periods.notices import submission_tell
from tests.houses import House, World


def told(kind: str) -> set[str]:
    rows = Notification.objects.filter(kind=kind).select_related("recipient__user")
    return {row.recipient.name for row in rows}


def test_everybody_but_the_proposer_who_may_publish_is_told_once(in_alpha: House) -> None:
    pmo, by = in_alpha.actor("pmo"), in_alpha.system()
    row = calendar_propose(draft=CalendarDraft(), by=pmo)
    said = {"noun": "calendar", "number": str(row.number), "email": pmo.email}
    assert proposal_tell(**said, by=by) > 0
    assert proposal_tell(**said, by=by) == 0
    assert "Administrator" in told(KIND.code)
    assert not {"Pmo", "Owner", "Guest"} & told(KIND.code)
    notice = Notification.objects.filter(kind=KIND.code).first()
    assert notice is not None
    path = render(notice.kind, notice.known_params).path
    answer = in_alpha.client("administrator").get(f"/t/{in_alpha.slug}/{path}")
    assert answer.status_code == 200


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

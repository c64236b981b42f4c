"""Set-up → Operations: what an administrator sees of his own tenant, and nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.events.models import OutboxEvent
from governance.events.services import publish
from governance.operations.rules import PATIENCE, is_late
from governance.operations.selectors import tenant_state
from reporting.rollups.models import RollUpMarker
from reporting.rollups.services import drain, recompute_all
from tests.houses import House

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def page(house: House, who: str = "administrator") -> Any:
    return house.client(who).get(house.page("operations/"))


def checked(house: House, found: str | None) -> None:
    """As the nightly check tells it."""
    with house.active():
        record(
            AuditAction.VALUES_VERIFIED,
            subject=Subject("tenant", house.slug, house.tenant.name),
            by=house.system(),
            changes={"difference": [None, found]} if found else {},
        )


@pytest.mark.parametrize(
    ("age", "late"), [(None, False), (timedelta(0), False), (PATIENCE, False), (PATIENCE * 2, True)]
)
def test_what_waits_longer_than_a_minute_is_late(age: timedelta | None, *, late: bool) -> None:
    assert is_late(None if age is None else NOW - age, NOW) is late


def test_before_the_first_check_it_says_how_to_get_one(alpha: House) -> None:
    text = page(alpha).content.decode()
    assert "Not checked yet" in text
    assert "verify_values" in text


def test_the_last_check_counts(alpha: House) -> None:
    checked(alpha, "M-1: 5 is not 6")
    text = page(alpha).content.decode()
    assert "A figure differs" in text
    assert "M-1: 5 is not 6" in text
    checked(alpha, None)
    text = page(alpha).content.decode()
    assert "All figures hold" in text
    assert "M-1: 5 is not 6" not in text


def test_waiting_events_are_counted_and_late_ones_told(alpha: House) -> None:
    with alpha.active():
        OutboxEvent.objects.all().delete()
        publish("x", key="1")
        publish("x", key="2")
        assert tenant_state().outbox.count == 2
    assert page(alpha).context["events_late"] is False
    with alpha.active():
        OutboxEvent.objects.update(created_at=timezone.now() - 2 * PATIENCE)
    assert "does not keep up" in page(alpha).content.decode()


def test_nothing_of_another_tenant_is_shown(alpha: House, beta: House) -> None:
    checked(beta, "secret of beta")
    with beta.active():
        publish("x", key="theirs")
        OutboxEvent.objects.update(created_at=timezone.now() - 2 * PATIENCE)
    with alpha.active():
        OutboxEvent.objects.all().delete()
    answer = page(alpha)
    text = answer.content.decode()
    assert "secret of beta" not in text
    assert "Not checked yet" in text
    assert answer.context["events_late"] is False


@pytest.mark.parametrize(("who", "is_offered"), [("administrator", True), ("pmo", False)])
def test_the_navigation_offers_it_to_whom_it_opens(
    alpha: House, who: str, *, is_offered: bool
) -> None:
    start = alpha.client(who).get(alpha.page("people/")).content.decode()
    assert (alpha.page("operations/") in start) is is_offered
    assert page(alpha, who).status_code == (200 if is_offered else 403)


def test_totals_on_their_way_are_counted_and_late_ones_told(alpha: House) -> None:
    assert "Not begun yet." in page(alpha).content.decode()
    with alpha.active():
        RollUpMarker.objects.all().delete()
        total = recompute_all(alpha.tenant)
        assert total > 0
        RollUpMarker.objects.create(node_id=alpha.package.pk)
    answer = page(alpha)
    assert f"0 of {total} places" in answer.content.decode()
    totals = answer.context["state"].totals
    assert (totals.changed.count, totals.total, totals.is_complete) == (1, total, False)
    assert answer.context["totals_late"] is False
    with alpha.active():
        RollUpMarker.objects.update(marked_at=timezone.now() - 2 * PATIENCE)
    assert "does not keep up" in page(alpha).content.decode()
    with alpha.active():
        while drain(alpha.tenant):
            pass
    answer = page(alpha)
    assert "Complete" in answer.content.decode()
    assert answer.context["state"].totals.changed.count == 0

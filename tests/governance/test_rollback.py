"""Whatever goes wrong after a write, nothing of it stays; what goes right stays."""

import pytest
from django.test import Client

from governance.audit.models import AuditEvent
from governance.events.models import OutboxEvent
from governance.masterdata.models import BusinessUnit
from governance.web.models import IdempotencyKey
from tests.governance.rollback_urls import ANSWERS, WRONG
from tests.houses import House

pytestmark = [
    pytest.mark.urls("tests.governance.rollback_urls"),
    # Django logs each error answer with its stack; that is wanted, and not what is tested here.
    pytest.mark.filterwarnings("default"),
]


def traces(house: House) -> tuple[int, int, int]:
    """What a half-done change would leave: the row, its event in the audit and in the outbox."""
    with house.active():
        return (
            BusinessUnit.objects.filter(code="HALF").count(),
            AuditEvent.objects.filter(subject_key="HALF").count(),
            IdempotencyKey.objects.count(),
        )


@pytest.fixture
def browser(alpha: House) -> Client:
    client = alpha.client("administrator")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("way", WRONG)
def test_a_page_that_raises_leaves_nothing(alpha: House, browser: Client, way: str) -> None:
    status = WRONG[way][1]
    answer = browser.post(alpha.page(f"raises/{way}/"))
    # A form sends no If-Match: what the API calls 412 is a conflict on a page.
    assert answer.status_code == (409 if status == 412 else status)
    assert traces(alpha) == (0, 0, 0)


@pytest.mark.parametrize("status", ANSWERS)
def test_a_page_that_answers_an_error_leaves_nothing(
    alpha: House, browser: Client, status: int
) -> None:
    assert browser.post(alpha.page(f"answers/{status}/")).status_code == status
    assert traces(alpha) == ((1, 1, 0) if status < 400 else (0, 0, 0))


@pytest.mark.parametrize("way", [*WRONG, "serializer"])
def test_an_api_call_that_raises_leaves_nothing_and_no_key(alpha: House, way: str) -> None:
    caller = alpha.caller("administrator")
    caller.client.raise_request_exception = False
    answer = caller.post(f"raises/{way}/", {}, **{"Idempotency-Key": "once"})
    assert answer.status_code == (400 if way == "serializer" else WRONG[way][1])
    assert answer["Content-Type"] == "application/problem+json"
    assert traces(alpha) == (0, 0, 0)


@pytest.mark.parametrize("status", ANSWERS)
def test_an_api_call_that_answers_an_error_leaves_nothing(alpha: House, status: int) -> None:
    caller = alpha.caller("administrator")
    assert caller.post(f"answers/{status}/", {}).status_code == status
    assert traces(alpha) == ((1, 1, 0) if status < 400 else (0, 0, 0))


def test_a_stream_is_read_before_its_tenant_goes(alpha: House, browser: Client) -> None:
    answer = browser.get(alpha.page("streams/"))
    assert answer.status_code == 200
    assert answer.getvalue() == b"BU1"


def test_an_outbox_event_of_a_failed_call_is_never_sent(alpha: House, browser: Client) -> None:
    with alpha.active():
        before = OutboxEvent.objects.count()
    browser.post(alpha.page("raises/refused/"))
    with alpha.active():
        assert OutboxEvent.objects.count() == before

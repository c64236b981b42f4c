"""`/metrics`: who gets it, what stands in it, and that no label is made of what people type."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from governance.events.services import heartbeat
from governance.operations import exposition, registry
from governance.operations.meters import count_database_errors
from governance.operations.services import queues_note
from tests.houses import House

TOKEN = "a-token-for-the-scraper-of-tests"


@pytest.fixture
def token(settings: Any) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


@pytest.fixture
def scrape(client: Client, token: str, db: None) -> Callable[[], dict[str, Any]]:
    def read() -> dict[str, Any]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        text = answer.content.decode()
        return {family.name: family for family in text_string_to_metric_families(text)}

    return read


def values(family: Any, suffix: str = "") -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.values()): sample.value
        for sample in family.samples
        if sample.name == family.name + suffix
    }


# --- who gets it ------------------------------------------------------------------------------


def test_without_a_token_in_the_settings_it_is_not_there(client: Client, db: None) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \u00fc"]
)
def test_without_the_token_in_the_call_it_is_refused(
    client: Client, token: str, db: None, header: str
) -> None:
    answer = client.get("/metrics", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"tollgate_" not in answer.content


def test_nobody_is_admitted_by_being_signed_in(alpha: House, token: str) -> None:
    for name in ("administrator", "auditor"):
        assert alpha.client(name).get("/metrics").status_code == 401


def test_it_is_read_and_nothing_else(client: Client, token: str, db: None) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/metrics", headers=headers).status_code == 405
    answer = client.head("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"


def test_a_scraper_may_call_a_copy_by_its_own_address(token: str, db: None) -> None:
    client = Client(headers={"Host": "10.1.2.3:8000", "Authorization": f"Bearer {token}"})
    assert client.get("/metrics").status_code == 200
    assert client.get("/health").status_code == 400


# --- what stands in it ------------------------------------------------------------------------


def test_requests_are_counted_by_route_method_and_class(
    alpha: House, client: Client, scrape: Callable[[], dict[str, Any]]
) -> None:
    before = values(scrape()["tollgate_request_seconds"], "_count")
    alpha.client("pmo").get(alpha.page("people/"))
    client.get(f"/t/{alpha.slug}/people/")
    client.get("/nothing/of/the/kind")
    client.generic("BREW", "/health")
    after = values(scrape()["tollgate_request_seconds"], "_count")
    grown = {key for key, value in after.items() if value > before.get(key, 0)}
    assert grown == {
        ("GET", "governance:people", "2xx"),
        ("GET", "governance:people", "3xx"),
        ("GET", "unknown", "4xx"),
        ("other", "health", "4xx"),
    }


def test_no_label_is_made_of_an_address(alpha: House, scrape: Callable[[], dict[str, Any]]) -> None:
    browser = alpha.client("pmo")
    for number in range(20):
        browser.get(alpha.page(f"measures/M-{number}/?q=word{number}"))
        browser.get(f"/accounts/password/reset/key/{number}-secret/")
    families = scrape()
    labels = " ".join(
        value
        for family in families.values()
        for sample in family.samples
        for value in sample.labels.values()
    )
    assert not any(word in labels for word in (alpha.slug, "M-1", "word1", "secret", "/"))


def test_errors_of_the_database_are_counted_and_passed_on(
    scrape: Callable[[], dict[str, Any]],
) -> None:
    def counted() -> float:
        family = scrape()["tollgate_database_errors"]
        return values(family, "_total").get(("ProgrammingError",), 0)

    before = counted()
    with (
        connection.execute_wrapper(count_database_errors),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        connection.cursor().execute("SELECT nothing_of_the_kind")
    assert counted() == before + 1


def test_the_state_of_queues_workers_and_broker_is_read_when_asked_for(
    scrape: Callable[[], dict[str, Any]],
) -> None:
    heartbeat("w1")
    queues_note()
    families = scrape()
    queues = {(queue.name,) for queue in registry.watched()}
    for name in ("waiting", "tenants", "oldest_age_seconds", "look_age_seconds"):
        assert set(values(families[f"tollgate_queue_{name}"])) == queues
    assert values(families["tollgate_workers_alive"])[()] >= 1
    assert values(families["tollgate_worker_heartbeat_age_seconds"])[()] < 60
    assert values(families["tollgate_database_up"]) == {(): 1}
    assert values(families["tollgate_broker_up"]) == {(): 1}
    assert ("upkeep",) in values(families["tollgate_broker_waiting"])
    assert len(values(families["tollgate_build_info"])) == 1


def test_a_scrape_takes_two_queries(
    client: Client, token: str, alpha: House, django_assert_num_queries: Any
) -> None:
    queues_note()
    with django_assert_num_queries(2):
        client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_a_database_that_is_away_is_told_and_no_error(
    scrape: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(exposition, "queues_seen", away)
    families = scrape()
    assert values(families["tollgate_database_up"]) == {(): 0}
    assert "tollgate_queue_waiting" not in families
    assert "tollgate_request_seconds" in families


def test_a_broker_that_is_away_is_told_and_no_error(
    scrape: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> dict[str, int]:
        raise ConnectionError("away")

    monkeypatch.setattr(registry, "_broker", [away])
    families = scrape()
    assert values(families["tollgate_broker_up"]) == {(): 0}
    assert "tollgate_broker_waiting" not in families

"""A database that does not answer: 503 with the time to wait, on every way to it; never a 500."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from psycopg import errors

from governance.web.problems import is_away
from tests.houses import House

# Django logs each error answer with its stack; that is wanted, and not what is tested here.
pytestmark = pytest.mark.filterwarnings("default")
PAGES = ("/", "/accounts/login/", "/t/{slug}/people/", "/t/{slug}/no/such/page/")


def lost(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@contextmanager
def away() -> Iterator[None]:
    """Every statement fails as where the server has gone."""

    def fail(*_given: Any) -> None:
        raise lost(psycopg.OperationalError("the connection is lost"))

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_that_it_comes_back(alpha: House, page: str) -> None:
    browser = alpha.client("administrator")
    browser.raise_request_exception = False
    with away():
        answer = browser.get(page.format(slug=alpha.slug), headers={"accept-language": "de"})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"].startswith("text/html")
    text = answer.content.decode()
    assert 'lang="de"' in text
    assert "Die Datenbank antwortet gerade nicht." in text
    assert "503" in text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_call_gets_a_problem_document(alpha: House, method: str) -> None:
    caller = alpha.caller("administrator")
    caller.client.raise_request_exception = False
    with away():
        answer = getattr(caller, method)("people/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"


def test_in_the_middle_of_a_view_it_is_the_same(
    alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: Any, **_more: Any) -> None:
        raise lost(errors.AdminShutdown("terminating connection"))

    browser, caller = alpha.client("administrator"), alpha.caller("administrator")
    browser.raise_request_exception = caller.client.raise_request_exception = False
    monkeypatch.setattr("django.db.models.query.QuerySet._fetch_all", fail)
    assert browser.get(alpha.page("people/")).status_code == 503
    assert caller.get("people/").status_code == 503


@pytest.mark.django_db
def test_the_probes_tell_alive_from_ready() -> None:
    with away():
        assert Client().get("/health").status_code == 200
        assert Client().get("/ready").status_code == 503


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (lost(psycopg.OperationalError("connection refused")), True),
        (lost(errors.AdminShutdown()), True),
        (lost(errors.CannotConnectNow()), True),
        (lost(errors.TooManyConnections()), True),
        (lost(errors.ConnectionFailure()), True),
        (InterfaceError("connection already closed"), True),
        (lost(errors.LockNotAvailable()), False),
        (lost(errors.QueryCanceled()), False),
        (lost(errors.DiskFull()), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_only_a_database_that_cannot_be_reached_is_away(error: Exception, verdict: object) -> None:
    assert is_away(error) is verdict

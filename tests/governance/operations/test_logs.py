"""Lines of the log: who and what in each, nothing that people type, nothing secret."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from governance.web import logs
from governance.web.logs import ContextFilter, JsonFormatter, TextFormatter, bound, facts_of
from tests.houses import House


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All lines from INFO on, with the context that the product's own handler adds."""
    context = ContextFilter()
    caplog.handler.addFilter(context)
    with caplog.at_level(logging.INFO):
        yield caplog
    caplog.handler.removeFilter(context)


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("tests", logging.WARNING, __file__, 1, message, args, None)
    for name, value in extra.items():
        setattr(made, name, value)
    ContextFilter().filter(made)
    return made


def requests_of(heard: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [one for one in heard.records if one.name == "tollgate.request"]


# --- requests ---------------------------------------------------------------------------------


def test_a_request_is_one_line_with_who_what_and_how_long(
    alpha: House, heard: pytest.LogCaptureFixture
) -> None:
    alpha.client("pmo").get(alpha.page("people/?q=secret"), headers={"X-Request-ID": "request-1"})
    (line,) = requests_of(heard)
    facts = facts_of(line)
    assert facts.pop("duration_ms") > 0
    assert facts == {
        "request_id": "request-1",
        "tenant": alpha.slug,
        "tenant_id": alpha.tenant.pk,
        "actor": alpha.people["pmo"].user.email,
        "route": "governance:people",
        "method": "GET",
        "status": 200,
    }
    assert line.getMessage() == "GET governance:people answered 200"


def test_the_api_says_the_same(alpha: House, heard: pytest.LogCaptureFixture) -> None:
    alpha.caller("pmo").get("people/")
    facts = facts_of(requests_of(heard)[-1])
    assert (facts["route"], facts["tenant"]) == ("api-people-list", alpha.slug)
    assert facts["actor"] == alpha.people["pmo"].user.email


def test_neither_addresses_nor_words_nor_keys_are_written(
    alpha: House, client: Client, heard: pytest.LogCaptureFixture
) -> None:
    client.get("/accounts/password/reset/key/abc-verysecret/")
    client.get(f"/t/{alpha.slug}/measures/M-77/?q=searched")
    alpha.client("pmo").post(alpha.page("people/new/"), {"name": "Typed Name"})
    client.get("/api/v1/schema/", headers={"Authorization": "Bearer verysecret"})
    formatter = JsonFormatter()
    text = "\n".join(formatter.format(line) for line in requests_of(heard))
    assert len(requests_of(heard)) == 4
    for word in ("verysecret", "M-77", "searched", "Typed", "/"):
        assert word not in text.replace("+00:00", ""), word


def test_probes_and_files_are_no_lines(
    client: Client, heard: pytest.LogCaptureFixture, db: None
) -> None:
    for path in ("/health", "/ready", "/static/nothing.css"):
        client.get(path)
    assert requests_of(heard) == []


def test_nothing_of_a_request_is_left_behind(alpha: House, heard: pytest.LogCaptureFixture) -> None:
    alpha.client("pmo").get(alpha.page("people/"))
    assert facts_of(record("after")) == {}


# --- the two formats --------------------------------------------------------------------------


def test_json_is_one_object_a_line_whatever_is_said() -> None:
    with bound(request_id="r1", tenant="acme"):
        made = record("two\nlines of %s", "ü", duration_ms=1.5, route="x", password="hidden")
    text = JsonFormatter().format(made)
    assert "\n" not in text
    said = json.loads(text)
    assert said.pop("at")
    assert said == {
        "level": "WARNING",
        "logger": "tests",
        "message": "two\nlines of ü",
        "request_id": "r1",
        "tenant": "acme",
        "route": "x",
        "duration_ms": 1.5,
    }


def test_json_keeps_a_traceback_in_its_line() -> None:
    made = record("failed")
    try:
        raise LookupError("x")  # noqa: TRY301  # the traceback is what is tested
    except LookupError:
        made.exc_info = sys.exc_info()
    text = JsonFormatter().format(made)
    assert "\n" not in text
    assert "LookupError: x" in json.loads(text)["exception"]


def test_text_is_for_people_and_nobody_forges_a_line() -> None:
    with bound(tenant="acme"):
        made = record("asked for %s", "x\r\n2026-01-01 00:00:00,000 ERROR root: forged")
    text = TextFormatter().format(made)
    assert "\n" not in text
    assert "WARNING tests: asked for x\\r\\n2026" in text
    assert text.endswith("[tenant=acme]")


def test_values_leave_with_their_block() -> None:
    with bound(tenant="outer", actor="a@x.example"):
        with bound(tenant="inner"):
            assert facts_of(record("x")) == {"tenant": "inner", "actor": "a@x.example"}
        assert facts_of(record("x"))["tenant"] == "outer"
    assert facts_of(record("x")) == {}


@pytest.mark.parametrize("name", ["text", "json"])
def test_both_formats_can_be_chosen(name: str) -> None:
    formatter = settings.LOGGING["formatters"][name]["()"]
    assert formatter.rpartition(".")[0] == logs.__name__
    assert settings.LOGGING["handlers"]["console"]["formatter"] == settings.ENV.log_format

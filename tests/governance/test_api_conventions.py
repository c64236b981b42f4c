"""What holds for every API resource: identity, versions, methods, problems, addresses."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from governance.people.choices import TokenScope
from governance.web.apiviews import ApiView
from governance.web.refusals import TEXTS
from tests.governance.api_addresses import api_views
from tests.houses import ApiCaller, House, World

PROBLEM = ["type", "title", "status", "detail", "code", "errors", "request_id"]
NOWHERE = "/api/v1/tenants/nowhere/measures/"


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """Assert a whole problem document and return it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert list(body) == PROBLEM
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:tollgate:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer["X-Request-ID"]
    assert answer["Cache-Control"] == "no-store"
    return body


# --- identity --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Bearer tg_nonsense_x",
        "Bearer tg_00000000000000000000000000000000_x",
        "Basic dXNlcjpwYXNz",
        "Bearer tg_\xe9_\xff",
    ],
)
def test_no_or_bad_credentials_are_told_apart_from_nothing(alpha: House, header: str) -> None:
    client = Client(headers={"Authorization": header} if header else {})
    for path in (alpha.api("measures/"), alpha.api("nonsense/"), NOWHERE):
        answer = client.get(path)
        problem(answer, 401, "bad_token" if header else "unauthenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_with_a_wrong_secret_is_bad(alpha: House) -> None:
    good = alpha.caller("pmo").token
    client = Client(headers={"Authorization": f"Bearer {good[:-1]}x"})
    problem(client.get(alpha.api("measures/")), 401, "bad_token")


def test_a_good_token_finds_no_other_tenant_and_no_unknown_one(world: World) -> None:
    caller = world.alpha.caller("pmo")
    for path in (world.beta.api("measures/"), NOWHERE, "/api/v1/tenants/%00/measures/"):
        problem(caller.client.get(path), 404, "not_found")


def test_the_same_person_needs_a_token_of_each_tenant(world: World) -> None:
    caller = world.alpha.caller("consultant")
    assert caller.get("measures/").status_code == 200
    problem(caller.client.get(world.beta.api("measures/")), 404, "not_found")


def test_a_browser_session_reads_and_writes_with_its_csrf_token(alpha: House) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        alpha.people["pmo"].user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert browser.get(alpha.api("measures/")).status_code == 200
    body, path = {"name": "New portfolio"}, alpha.api("portfolios/")
    problem(browser.post(path, body, content_type="application/json"), 403, "csrf")
    browser.get("/accounts/password/reset/")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(
        path, body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 201, answer.content


def test_a_token_for_reading_changes_nothing(alpha: House) -> None:
    caller = alpha.caller("pmo", scopes=(TokenScope.READ,))
    assert caller.get("measures/").status_code == 200
    problem(caller.post("portfolios/", {"name": "New"}), 403, "token_read_only")
    problem(caller.delete("measures/M-000001/"), 403, "token_read_only")


def test_calls_beyond_the_limit_wait(alpha: House, pmo: ApiCaller) -> None:
    with override_settings(API_CALLS_PER_MINUTE=3):
        answers = [pmo.get("measures/") for _call in range(8)]
    refused = [answer for answer in answers if answer.status_code != 200]
    # A minute may have turned in between.
    assert len(refused) >= 2
    for answer in refused:
        problem(answer, 429, "throttled")
        assert 1 <= int(answer["Retry-After"]) <= 60
    assert alpha.caller("pmo").get("measures/").status_code == 200, "another token has its own"


# --- versions --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["patch", "delete"])
@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 428, "precondition_required"),
        ("", 428, "precondition_required"),
        ("*", 412, "stale"),
        ("1", 412, "stale"),
        ('"one"', 412, "stale"),
        ('"1", "2"', 412, "stale"),
        ('"99999999999999999999"', 412, "stale"),
        ('"7"', 412, "stale"),
        ('W/"7"', 412, "stale"),
    ],
)
def test_a_change_names_the_version_it_has_seen(
    alpha: House, pmo: ApiCaller, method: str, header: str | None, status: int, code: str
) -> None:
    headers = {} if header is None else {"If-Match": header}
    path = alpha.api(f"programs/{alpha.other_program.code}/")
    answer = getattr(pmo.client, method)(
        path, {"name": "New"}, content_type="application/json", headers=headers
    )
    problem(answer, status, code)


def test_answers_say_for_whom_they_are(pmo: ApiCaller) -> None:
    answer = pmo.get("measures/")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


# --- methods, types, addresses ---------------------------------------------------------------


def test_a_method_that_is_none_is_a_problem(pmo: ApiCaller) -> None:
    answer = pmo.put("measures/", {})
    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}
    for method in ("TRACE", "BREW"):
        problem(pmo.client.generic(method, pmo.house.api("measures/")), 405, "method_not_allowed")


def test_options_say_what_an_address_does(pmo: ApiCaller) -> None:
    answer = pmo.client.options(pmo.house.api("measures/"))
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST", "HEAD", "OPTIONS"}


def test_head_answers_as_get_without_the_body(pmo: ApiCaller) -> None:
    path = pmo.house.api(f"programs/{pmo.house.program.code}/")
    head, get = pmo.client.head(path), pmo.client.get(path)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", get["ETag"])
    assert pmo.client.head(pmo.house.api("programs/PG-999/")).status_code == 404


def test_other_types_are_neither_taken_nor_given(pmo: ApiCaller) -> None:
    path = pmo.house.api("portfolios/")
    for content_type in (
        "application/xml",
        "text/plain",
        "application/merge-patch+json",
        "x" * 300,
    ):
        answer = pmo.client.generic("POST", path, b'{"name": "New"}', content_type=content_type)
        problem(answer, 415, "unsupported_media_type")
    form = pmo.client.post(path, {"name": "New"})
    problem(form, 415, "unsupported_media_type")
    problem(pmo.get("measures/", Accept="text/html"), 406, "not_acceptable")


@pytest.mark.parametrize(
    "path",
    [
        "nonsense/",
        "measures",
        "measures/M-999999/",
        "measures/m-000001/",
        "measures/%00/",
        "measures/%ED%A0%80/",
        "measures/%F0%9F%92%A9/",
        "measures/..%2F..%2Fhealth/",
        "measures/" + "x" * 3000 + "/",
        "measures/M-999999/history/",
        "measures/M-999999/effects/",
        "measures/M-999999/nonsense/",
        "effects/nonsense/",
        "effects/00000000-0000-0000-0000-000000000000/",
        "portfolios/%0d%0aX: y/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_nothing_is_a_problem_too(pmo: ApiCaller, path: str, method: str) -> None:
    answer = pmo.client.generic(
        method, pmo.house.api(path), b"{}", "application/json", headers={"If-Match": '"1"'}
    )
    if answer.status_code == 405:
        problem(answer, 405, "method_not_allowed")
    else:
        problem(answer, 404, "not_found")


def test_an_address_without_its_slash_is_told_so(pmo: ApiCaller) -> None:
    for answer in (pmo.get("measures"), pmo.post("measures", {"name": "New"})):
        assert "slash" in problem(answer, 404, "not_found")["detail"]


def test_outside_of_tenants_there_are_problems_too(client: Client, db: None) -> None:
    for path in ("/api/", "/api/v1/", "/api/v1/tenants/", "/api/v2/tenants/alpha/measures/"):
        problem(client.get(path), 404, "not_found")
    problem(
        client.get("/api/v1/schema/", headers={"host": "elsewhere.example"}), 400, "bad_request"
    )


def test_an_error_of_ours_is_a_problem_and_leaves_nothing(
    alpha: House, pmo: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr("initiatives.api.nodes.node_bodies", broken)
    pmo.client.raise_request_exception = False
    answer = pmo.post("portfolios/", {"name": "Half written"})
    problem(answer, 500, "internal_error")
    assert b"secret" not in answer.content
    monkeypatch.undo()
    assert pmo.get("portfolios/?q=half").json()["results"] == []


def test_a_refusal_after_the_write_leaves_nothing(
    alpha: House, pmo: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("initiatives.api.nodes.reverse", lambda *_args, **_kwargs: 1 / 0)
    pmo.client.raise_request_exception = False
    assert pmo.post("portfolios/", {"name": "Half written"}).status_code == 500
    monkeypatch.undo()
    assert pmo.get("portfolios/?q=half").json()["results"] == []


def test_a_callers_request_id_is_kept_and_a_strange_one_is_not(pmo: ApiCaller) -> None:
    kept = pmo.get("nonsense/", **{"X-Request-ID": "my-request-0001"})
    assert problem(kept, 404, "not_found")["request_id"] == "my-request-0001"
    strange = pmo.get("nonsense/", **{"X-Request-ID": "<script>alert(1)</script>"})
    assert "script" not in problem(strange, 404, "not_found")["request_id"]


def test_problems_speak_the_callers_language_and_codes_do_not(pmo: ApiCaller) -> None:
    answer = pmo.get("nonsense/", **{"Accept-Language": "de"})
    problem(answer, 404, "not_found")
    assert answer["Content-Language"] == "de"


# --- all of them -----------------------------------------------------------------------------


def test_every_api_view_stands_on_the_common_base() -> None:
    views = api_views()
    assert len(views) > 15
    for address, entry in views:
        assert issubclass(entry.callback.view_class, ApiView), address
        assert entry.callback.should_append_slash is False, address
        assert re.match(r"api-[a-z]+(-[a-z]+)*$", entry.name or ""), address
        assert address.endswith("/"), address


def test_every_refusal_has_its_sentence() -> None:
    assert all(str(text).endswith((".", ")")) for text in TEXTS.values())

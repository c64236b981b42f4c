"""The OpenAPI document is complete, valid and says what holds for every operation."""

import re
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests.governance.api_addresses import api_views

PREFIX = "/api/v1/tenants/{tenant}/"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def names(operation: dict[str, Any], place: str) -> set[str]:
    return {p["name"] for p in operation["parameters"] if p["in"] == place}


def test_the_document_is_valid_and_raises_no_warning(tmp_path: Any) -> None:
    call_command(
        "spectacular",
        "--validate",
        "--fail-on-warn",
        "--file",
        str(tmp_path / "schema.yml"),
        stderr=StringIO(),
    )
    assert (tmp_path / "schema.yml").read_text().startswith("openapi: 3.")


def test_the_document_is_open_to_all_as_yaml_and_json(client: Client) -> None:
    assert client.get("/api/v1/schema/").content.startswith(b"openapi:")
    assert client.get("/api/v1/schema/?format=json").json()["info"]["title"] == "Tollgate"


def test_every_address_and_method_stands_in_the_document(document: dict[str, Any]) -> None:
    expected = set()
    for address, entry in api_views():
        path = "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", address).replace("{tenant_slug}", "{tenant}")
        methods = {"get", "post", "put", "patch", "delete"}
        view = entry.callback.view_class
        expected |= {(path, method) for method in methods if hasattr(view, method)}
    found = {(path, method) for path, method, _operation in operations(document)}
    assert found == expected


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(
    document: dict[str, Any],
) -> None:
    ids = Counter(operation["operationId"] for _path, _method, operation in operations(document))
    assert [name for name, count in ids.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in ids), ids
    for path, method, operation in operations(document):
        assert operation["description"].endswith((".", ")")), (path, method)
        assert len(operation["tags"]) == 1, (path, method)


def test_a_token_or_a_session_says_who_asks(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearerToken"]["scheme"] == "bearer"
    assert (schemes["browserSession"]["in"], schemes["browserSession"]["name"]) == (
        "cookie",
        "sessionid",
    )
    for path, method, operation in operations(document):
        assert operation["security"] == [{"bearerToken": []}, {"browserSession": []}], (
            path,
            method,
        )


def test_refusals_are_documented_as_problems(document: dict[str, Any]) -> None:
    answers = document["components"]["responses"]
    for path, method, operation in operations(document):
        statuses = set(operation["responses"])
        assert statuses >= {"401", "403", "404", "406", "429"}, (path, method)
        if method != "get":
            assert statuses >= {"400", "409", "413", "415", "422"}, (path, method)
        for status in statuses:
            if status >= "400":
                name = operation["responses"][status]["$ref"].rpartition("/")[2]
                (content,) = answers[name]["content"].items()
                assert content == (
                    "application/problem+json",
                    {"schema": {"$ref": "#/components/schemas/Problem"}},
                )


def test_changes_ask_for_the_version_and_posts_take_a_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        headers = names(operation, "header")
        assert ("Idempotency-Key" in headers) is (method == "post"), (path, method)
        if method in {"patch", "put"} or path.endswith("/move/"):
            assert "If-Match" in headers, (path, method)
        if "If-Match" in headers:
            assert {"412", "428"} <= set(operation["responses"]), (path, method)


def test_lists_take_a_cursor_and_a_limit(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if method != "get" or not operation["operationId"].endswith(("_list", "_history")):
            continue
        assert names(operation, "query") >= {"cursor", "limit"}, path
        name = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        page = document["components"]["schemas"][name.rpartition("/")[2]]
        assert set(page["properties"]) == {"results", "next", "previous"}, path


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("measures/", "post"),
        ("measures/{code}/", "patch"),
        ("measures/{code}/effects/", "post"),
        ("effects/{effect_id}/cells/", "put"),
        ("programs/", "post"),
        ("metrics/", "post"),
    ],
)
def test_important_bodies_come_with_an_example(
    document: dict[str, Any], path: str, method: str
) -> None:
    content = document["paths"][PREFIX + path][method]["requestBody"]["content"]
    (example,) = content["application/json"]["examples"].values()
    schema = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    fields = document["components"]["schemas"][schema]["properties"]
    assert set(example["value"]) <= set(fields)


def test_nothing_in_the_document_is_called_by_a_number_of_ours(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        identity = schema.get("properties", {}).get("id")
        assert identity is None or identity.get("format") == "uuid", name

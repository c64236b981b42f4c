"""The OpenAPI document under many first calls at once, in a process that has never written it."""

import json
import subprocess
import sys

import pytest
from django.test import Client

from governance.web import schema
from local.home import PROJECT
from tests.racing import errors_in, race

# Everybody calls at once, and the interpreter changes threads as often as it can.
FIRST_CALLS = """
import json, sys, threading
import django
django.setup()
from django.test import Client
sys.setswitchinterval(1e-6)
start, found = threading.Barrier(6), []
def call():
    start.wait()
    answer = Client(raise_request_exception=False).get("/api/v1/schema/?format=json")
    found.append([answer.status_code, len(answer.content)])
threads = [threading.Thread(target=call) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_six_first_calls_at_once_in_a_fresh_process_all_get_the_document() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", FIRST_CALLS], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    found = json.loads(outcome.stdout.splitlines()[-1])
    assert [status for status, _length in found] == [200] * 6, outcome.stderr
    assert len({length for _status, length in found}) == 1


def test_calls_at_once_have_it_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_documents", {})
    results = race(*[lambda: id(schema.document_in("en"))] * 6)
    assert errors_in(results) == []
    assert len(set(results)) == 1


def test_no_address_makes_it_keep_more_than_one_for_each_language(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    kept: dict[str, object] = {}
    monkeypatch.setattr(schema, "_documents", kept)
    for query in ("lang=de", "lang=xx", "version=2", "version=%0d%0a", "lang=en-gb"):
        assert client.get(f"/api/v1/schema/?{query}").status_code == 200, query
    assert set(kept) <= {"en", "de"}

"""Programs that take lists out, and lists of many rows."""

import hashlib
import time
import uuid
from typing import Any

import pytest
from django.test import Client

from exchange.models import Export
from exchange.tasks import make_export
from governance.people.choices import Role, TokenScope
from initiatives.models import Measure
from initiatives.services import MeasureDraft, measure_create
from tests.exchange.taking_out import rows_of, sheet_of
from tests.exchange.working import asked, fresh, note, run
from tests.houses import House, World
from tests.initiatives.making import make_measures


@pytest.fixture
def house(lasting_world: World, settings: Any) -> House:
    """A tenant with 30 measures, where lists of more than 10 rows are long."""
    settings.EXPORT_ROWS_AT_ONCE = 10
    make_measures(lasting_world.alpha, 30)
    return lasting_world.alpha


def test_a_program_asks_waits_and_fetches(house: House) -> None:
    caller = house.caller("pmo")
    answer = caller.post("exports/", {"list": "measures", "query": "ordering=-code"})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["state"], body["format"], body["headings"]) == ("waiting", "csv", "machine")
    assert answer["Location"].endswith(house.api(f"exports/{body['id']}/"))
    early = caller.get(f"exports/{body['id']}/file/")
    assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")
    make_export(tenant_id=house.tenant.pk, event_id=str(uuid.uuid4()), key=body["id"])
    ready = caller.get(f"exports/{body['id']}/").json()
    assert (ready["state"], ready["row_count"], ready["done"]) == ("done", 30, 30)
    file = caller.get(f"exports/{body['id']}/file/")
    assert hashlib.sha256(file.content).hexdigest() == ready["sha256"]
    assert len(rows_of(file.content)) == 30
    assert [row["id"] for row in caller.get("exports/").json()["results"]] == [body["id"]]
    assert caller.delete(f"exports/{body['id']}/").status_code == 204
    assert caller.get(f"exports/{body['id']}/").status_code == 404


def test_a_short_list_is_ready_at_once(house: House) -> None:
    caller = house.caller("pmo")
    body = {"list": "programs", "format": "xlsx", "headings": "words"}
    answer = caller.post("exports/", body).json()
    assert (answer["state"], answer["row_count"]) == ("done", 2)
    file = caller.get(f"exports/{answer['id']}/file/")
    assert file["Content-Type"].endswith("spreadsheetml.sheet")
    assert len(sheet_of(file.content)) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"list": "nothing"}, "list"),
        ({}, "list"),
        ({"list": "measures", "format": "pdf"}, "format"),
        ({"list": "measures", "query": "stage=x"}, "stage"),
        ({"list": "measures", "query": "x" * 4001}, "query"),
        ({"list": "measures", "state": "done"}, "state"),
        ({"list": "measures", "sheet": "1"}, "sheet"),
    ],
)
def test_a_wrong_wish_is_refused_by_field(house: House, body: dict[str, str], field: str) -> None:
    answer = house.caller("pmo").post("exports/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    with house.active():
        assert not Export.objects.exists()


def test_a_token_that_only_reads_takes_nothing_out(house: House) -> None:
    caller = house.caller("pmo", scopes=(TokenScope.READ,))
    answer = caller.post("exports/", {"list": "measures"})
    assert (answer.status_code, answer.json()["code"]) == (403, "token_read_only")


def test_a_stranger_and_another_member_find_nothing(house: House, lasting_world: World) -> None:
    made = house.caller("pmo").post("exports/", {"list": "measures"}).json()
    for path in (f"exports/{made['id']}/", f"exports/{made['id']}/file/"):
        assert house.caller("executive").get(path).status_code == 404
        client = Client(
            headers={"Authorization": f"Bearer {lasting_world.beta.caller('pmo').token}"}
        )
        assert client.get(house.api(path)).status_code == 404
    assert house.caller("executive").delete(f"exports/{made['id']}/").status_code == 404


@pytest.fixture
def crowded(lasting_world: World) -> House:
    """30 000 measures, copied by the database from one."""
    house = lasting_world.alpha
    by = house.system(Role.PMO)
    with house.active():
        draft = MeasureDraft("Ä measure", owner=house.people["owner"], business_unit=house.unit)
        first = measure_create(package=house.package, draft=draft, by=by)
        rows = [
            Measure(
                code=f"N-{number:06}",
                name=f"=Müll {number}",
                sort_key=f"mull {number:06}",
                package=house.package,
                owner=first.owner,
                business_unit=house.unit,
            )
            for number in range(29_999)
        ]
        note(house)
        Measure.objects.bulk_create(rows, batch_size=2_000)
    return house


@pytest.mark.slow
def test_thirty_thousand_measures_come_out_as_both_kinds_of_file(crowded: House) -> None:
    for kind in ("csv", "xlsx"):
        export = asked(crowded, query="ordering=-name", format=kind)
        began = time.monotonic()
        assert run(crowded, export)
        assert time.monotonic() - began < 120
        done = fresh(crowded, export)
        assert (done.row_count, done.done) == (30_000, 30_000)
        answer = crowded.client("pmo").get(crowded.page(f"exports/{export.public_id}/file/"))
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if kind == "csv":
            names = [row["name"] for row in rows_of(content)]
            assert names[:2] == ["'=Müll 29998", "'=Müll 29997"]
            assert len(names) == 30_000
        else:
            assert len(sheet_of(content)) == 30_001

"""The studio's pages and its API: the same steps, the same refusals, nothing invented."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exchange.models import Import
from exchange.services.work import import_work
from initiatives.models import Measure
from tests.houses import House

LIST = b"external_id,name,project\nA,First,PJ-0001\nB,,PJ-0001\n"


def sheet(content: bytes = LIST, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def client(alpha: House) -> Client:
    return alpha.client("pmo")


@pytest.fixture
def latest(alpha: House) -> Iterator[Any]:
    def look(*, is_worked: bool = True) -> Import:
        with alpha.active():
            run = Import.objects.latest("id")
            if is_worked:
                import_work(run.tenant_id, str(run.public_id), has_aside=False)
            return Import.objects.latest("id")

    return look


def bring(house: House, client: Client, latest: Any) -> tuple[Import, str]:
    """Upload, read, name the columns, check; all through pages."""
    answer = client.post(house.page("imports/"), {"profile": "measures", "file": sheet()})
    run = latest(is_worked=False)
    url = house.page(f"imports/{run.public_id}/")
    assert answer["Location"] == url
    page = client.get(url)
    assert b'hx-trigger="every 1s"' in page.content
    assert b'http-equiv="refresh"' in page.content
    run = latest()
    page = client.get(url).content.decode()
    assert "every 1s" not in page
    assert 'name="column-0"' in page
    columns = {f"column-{index}": field for index, field in run.mapping.items()}
    options = {f"option-{name}": "" for name in run.options}
    options |= {"option-kind": "recurring", "option-effect_class": "hard"}
    sent = {**columns, **options, "seen_version": run.version}
    assert client.post(f"{url}columns/", sent)["Location"] == url
    return latest(), url


def test_a_file_goes_through_all_pages(alpha: House, client: Client, latest: Any) -> None:
    run, url = bring(alpha, client, latest)
    assert "This is required; fill it in." in client.get(url).content.decode()
    answer = client.post(f"{url}apply/", {"seen_version": run.version})
    assert answer.status_code == 422
    assert "agree to leave them out" in answer.content.decode()
    client.post(f"{url}apply/", {"seen_version": run.version, "leaves_out_refused": "on"})
    assert latest().state == "applied"
    with alpha.active():
        code = Measure.objects.get().code
    assert code in client.get(f"{url}?rows=create").content.decode()
    result = client.get(f"{url}result.csv")
    assert result["Content-Type"].startswith("text/csv")
    assert code in result.content.decode("utf-8-sig")


def test_an_import_is_undone_with_one_click(alpha: House, client: Client, latest: Any) -> None:
    run, url = bring(alpha, client, latest)
    client.post(f"{url}apply/", {"seen_version": run.version, "leaves_out_refused": "on"})
    run = latest()
    assert b"data-dialog-content" in client.get(f"{url}undo/").content
    client.post(f"{url}undo/", {"seen_version": run.version})
    assert latest().state == "undone"
    with alpha.active():
        assert Measure.objects.count() == 0


def test_an_upload_without_a_file_or_with_an_empty_one_is_refused_in_the_form(
    alpha: House, client: Client
) -> None:
    for data in ({"profile": "measures"}, {"profile": "measures", "file": sheet(b"")}, {}):
        answer = client.post(alpha.page("imports/"), data)
        assert answer.status_code == 422
        assert b"tg-field-errors" in answer.content
    with alpha.active():
        assert Import.objects.count() == 0


def test_an_upload_beyond_the_limit_is_refused_before_it_is_kept(
    alpha: House, client: Client, settings: Any
) -> None:
    settings.IMPORT_MAX_BYTES = settings.DOCUMENT_MAX_BYTES = 1000
    big = sheet(b"x" * 1_100_000)
    answer = client.post(alpha.page("imports/"), {"profile": "measures", "file": big})
    assert answer.status_code == 413
    caller = alpha.caller("pmo")
    big.seek(0)
    answer = caller.client.post(alpha.api("imports/"), {"profile": "measures", "file": big})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_templates_name_every_column_and_come_in_again(alpha: House, client: Client) -> None:
    for profile in ("measures", "values", "status", "outline", "kpis", "master_data"):
        for extension in ("csv", "xlsx"):
            answer = client.get(alpha.page(f"imports/templates/{profile}.{extension}"))
            assert answer.status_code == 200
            assert "attachment" in answer["Content-Disposition"]
            assert answer["X-Content-Type-Options"] == "nosniff"
    for wrong in ("cost_savings.csv", "nonsense.csv", "measures.exe"):
        assert client.get(alpha.page(f"imports/templates/{wrong}")).status_code == 404


def test_the_api_takes_the_same_steps(alpha: House, latest: Any) -> None:
    caller = alpha.caller("pmo")
    data = {"profile": "measures", "file": sheet(LIST.replace(b"B,,", b"B,Second,"))}
    made = caller.client.post(alpha.api("imports/"), data)
    assert made.status_code == 201, made.json()
    path = f"imports/{made.json()['id']}/"
    assert made["Location"].endswith(alpha.api(path))
    run = latest()
    assert caller.get(path).json()["columns"][1]["field"] == "name"
    tag = {"If-Match": f'"{run.version}"'}
    assert caller.patch(path, {"mapping": {"1": ""}}, **tag).json()["errors"].keys() == {"mapping"}
    assert caller.patch(path, {}, **tag).status_code == 200
    run = latest()
    rows = caller.get(f"{path}rows/", {"state": "create"}).json()["results"]
    assert [row["name"] for row in rows] == ["First", "Second"]
    assert caller.post(f"{path}apply/", {}).status_code == 428
    tag = {"If-Match": f'"{run.version}"'}
    assert caller.post(f"{path}apply/", {}, **tag).json()["state"] == "applying"
    assert caller.post(f"{path}apply/", {}, **tag).status_code == 412
    run = latest()
    assert run.state == "applied", run.failure
    tag = {"If-Match": f'"{run.version}"'}
    assert caller.post(f"{path}undo/", **tag).json()["state"] == "undoing"
    run = latest()
    assert caller.get(path).json()["state"] == "undone"
    assert caller.delete(path, **{"If-Match": f'"{run.version}"'}).status_code == 204


def test_an_upload_sent_twice_with_one_key_is_one_import(alpha: House) -> None:
    caller = alpha.caller("pmo")
    answers = [
        caller.client.post(
            alpha.api("imports/"),
            {"profile": "measures", "file": sheet()},
            headers={"Idempotency-Key": "once"},
        )
        for _turn in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    with alpha.active():
        assert Import.objects.count() == 1


@pytest.mark.parametrize("query", ["?rows=nonsense", "?cursor=nonsense"])
def test_odd_addresses_are_refused_in_words(
    alpha: House, client: Client, latest: Any, query: str
) -> None:
    client.post(alpha.page("imports/"), {"profile": "kpis", "file": sheet(b"a,b\n1,2\n")})
    run = latest()
    url = alpha.page(f"imports/{run.public_id}/")
    fields = {"column-0": "name", "column-1": "period", "seen_version": run.version}
    client.post(f"{url}columns/", fields)
    latest()
    assert client.get(f"{url}{query}").status_code == 400

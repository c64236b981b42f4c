"""Status reports through the API."""

from typing import Any

import pytest

from governance.audit.models import AuditEvent
from initiatives.models import Measure, StatusReport
from tests.houses import ApiCaller, House
from tests.initiatives.making import make_measure

BODY = {
    "reported_on": "2026-01-31",
    "light": "amber",
    "rater": "IPA",
    "stated": "Amber/Red",
    "commentary": "Late.",
}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, owner=alpha.people["owner"])


@pytest.fixture
def owner(alpha: House) -> ApiCaller:
    return alpha.caller("owner")


def add(caller: ApiCaller, measure: Measure, **more: Any) -> Any:
    return caller.post(f"measures/{measure.code}/status-reports/", BODY | more)


def rows(house: House) -> int:
    with house.active():
        return StatusReport.objects.count()


def test_a_report_is_added_read_corrected_and_removed(
    alpha: House, measure: Measure, owner: ApiCaller
) -> None:
    made = add(owner, measure)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    body = made.json()
    path = f"status-reports/{body['id']}/"
    assert made["Location"].endswith(alpha.api(path))
    words = {"achieved": "", "next_steps": "", "decision_needed": ""}
    period = {"answers_on": None, "due_at": None, "is_late": False}
    expected = {**BODY, **words, **period, "measure": measure.code, "source": "api", "version": 1}
    assert body == {
        **{name: body[name] for name in ("id", "created_at", "updated_at")},
        **expected,
        "author": "Owner <owner@alpha.example>",
    }
    assert owner.get(path).json() == body
    changed = owner.patch(path, {"light": "green"}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert changed.json()["light"] == "green"
    assert owner.patch(path, {"light": "red"}, **{"If-Match": '"1"'}).status_code == 412
    assert owner.patch(path, {"light": "red"}).status_code == 428
    assert owner.delete(path, **{"If-Match": '"1"'}).status_code == 412
    assert owner.delete(path, **{"If-Match": '"2"'}).status_code == 204
    assert owner.get(path).status_code == 404
    with alpha.active():
        last = AuditEvent.objects.order_by("-id")[:3].values_list("action", flat=True)
        assert list(last) == [f"status_report.{verb}" for verb in ("removed", "changed", "added")]


def test_reports_are_listed_newest_first_by_pages(measure: Measure, owner: ApiCaller) -> None:
    for month in (2, 1, 3, 1):
        add(owner, measure, reported_on=f"2026-0{month}-28", rater=f"R{month}")
    path = f"measures/{measure.code}/status-reports/"
    first = owner.get(path, {"limit": 2}).json()
    assert [row["reported_on"] for row in first["results"]] == ["2026-03-28", "2026-02-28"]
    rest = owner.client.get(first["next"]).json()
    assert [row["reported_on"] for row in rest["results"]] == ["2026-01-28"]
    assert rest["next"] is None


def test_frozen_and_taken_reports_are_refused_by_code(measure: Measure, owner: ApiCaller) -> None:
    old = add(owner, measure).json()["id"]
    assert add(owner, measure).json()["code"] == "report_taken"
    add(owner, measure, reported_on="2026-02-28")
    for send in (owner.patch, owner.delete):
        args = [{"light": "red"}] if send == owner.patch else []
        answer = send(f"status-reports/{old}/", *args, **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (422, "report_frozen")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("light", "pink"),
        ("light", None),
        ("reported_on", "31.01.2026"),
        ("reported_on", "2999-01-01"),
        ("reported_on", "0001-01-01"),
        ("rater", "x" * 121),
        ("rater", 7),
        ("stated", "a\u0000b"),
        ("commentary", "x" * 20_001),
        ("source", "import"),
        ("author", "me"),
        ("tenant", "beta"),
    ],
)
def test_bad_bodies_are_named_by_field(
    alpha: House, measure: Measure, owner: ApiCaller, field: str, value: Any
) -> None:
    answer = add(owner, measure, **{field: value})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}
    assert rows(alpha) == 0


def test_the_report_of_another_is_forbidden_and_of_strangers_not_there(
    alpha: House, beta: House, measure: Measure, owner: ApiCaller
) -> None:
    report = add(owner, measure).json()["id"]
    other = alpha.caller("consultant").patch(f"status-reports/{report}/", {"light": "red"})
    assert (other.status_code, other.json()["code"]) == (403, "report_of_another")
    assert alpha.caller("narrow").get(f"status-reports/{report}/").status_code == 404
    stranger = beta.caller("pmo")
    assert stranger.get(f"status-reports/{report}/").status_code == 404
    assert stranger.client.get(alpha.api(f"status-reports/{report}/")).status_code == 404

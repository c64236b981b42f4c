"""What people see of escalations and policies, as pages and through the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from approvals.escalations.choices import Tier
from approvals.escalations.models import EscalationPolicy
from governance.notifications.models import Notification
from governance.notifications.registry import reason, render
from tests.approvals.escalations.desk import Desk, at, desk_of, only, staff
from tests.exchange.taking_out import ask, sheet_of, table_of
from tests.houses import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(alpha: House) -> Iterator[Desk]:
    with alpha.active():
        staff(alpha)
    with desk_of(alpha) as desk:
        yield desk


def lived(desk: Desk, *moments: str) -> None:
    with desk.house.active():
        for moment in moments:
            desk.run(moment)


def shown(house: House, who: str, path: str) -> str:
    answer = house.client(who).get(house.page(path))
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def test_the_list_is_narrowed_by_kind_level_age_and_whom_it_told(desk: Desk) -> None:
    house = desk.house
    assert "Nothing is overdue" in shown(house, "pmo", "escalations/")
    desk.owe("first")
    lived(desk, "2026-03-05 00:01", "2026-03-06 00:01")
    page = shown(house, "pmo", "escalations/")
    assert "Thing first" in page
    assert "Who owes it" in page
    for query in ("source=desk", "level=1", "age=7", "shown=all"):
        assert "Thing first" in shown(house, "pmo", f"escalations/?{query}")
    narrowed = house.client("pmo").get(house.page("escalations/?source=desk&level=1"))
    assert narrowed.context["active"] == 2
    for query in ("level=2", "shown=over", "told=me"):
        assert "Thing first" not in shown(house, "pmo", f"escalations/?{query}")
    assert "Thing first" in shown(house, "owner", "escalations/?told=me")
    # What cannot be read narrows nothing.
    assert "Thing first" in shown(house, "pmo", "escalations/?level=x&age=-1&source=%00")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_taken_out_as_it_is_narrowed(desk: Desk, form: str) -> None:
    desk.owe("first")
    desk.owe("second", owes=(), due_at=at("2026-03-09 23:59"))
    lived(desk, "2026-03-05 00:01", "2026-03-06 00:01", "2026-03-10 00:01", "2026-03-11 00:01")
    assert 'id="export-menu"' in shown(desk.house, "pmo", "escalations/")
    answer = ask(desk.house, "pmo", "escalations", "level=2", format=form)
    table = table_of(answer.content) if form == "csv" else sheet_of(answer.content)
    assert [row[2] for row in table[1:]] == ["Thing first", "Thing second"]
    one, other = (dict(zip(table[0], row, strict=True)) for row in table[1:])
    heads = ("Who owes it", "owes")
    assert one[next(head for head in heads if head in one)] == "owner@alpha.example"
    assert other[next(head for head in heads if head in other)] == ""
    narrow = ask(desk.house, "narrow", "escalations")
    assert len(table_of(narrow.content)) == 1


def test_a_part_of_the_tree_shows_its_own_alone(desk: Desk) -> None:
    desk.owe()
    lived(desk, "2026-03-05 00:01")
    assert "Thing one" not in shown(desk.house, "narrow", "escalations/")
    with desk.house.active():
        address = f"escalations/{only().public_id}/"
    assert desk.house.client("narrow").get(desk.house.page(address)).status_code == 404


def test_the_page_says_who_was_told_when_and_what_comes_next(desk: Desk) -> None:
    desk.owe()
    lived(desk, "2026-03-05 00:01", "2026-03-06 00:01")
    with desk.house.active():
        row = only()
    page = shown(desk.house, "auditor", f"escalations/{row.public_id}/")
    for text in ("Who was told when", "Owner", "Program manager", "not before", "T17"):
        assert text in page
    body = desk.house.caller("pmo").get(f"escalations/{row.public_id}/").json()
    assert [(one["number"], one["outcome"], len(one["told"])) for one in body["levels"]] == [
        (1, "told", 1)
    ]
    assert (body["kind"], body["level"], body["ended_at"]) == ("desk", 1, None)
    listed = desk.house.caller("owner").get("escalations/", {"told_me": "true"}).json()
    assert [one["id"] for one in listed["results"]] == [str(row.public_id)]
    none = desk.house.caller("owner").get("escalations/", {"code": "M-9", "days": "1"}).json()
    assert none["results"] == []


def test_a_notice_leads_to_the_escalation_and_says_why(desk: Desk) -> None:
    desk.owe()
    lived(desk, "2026-03-05 00:01", "2026-03-06 00:01")
    with desk.house.active():
        row, notice = only(), Notification.objects.get(kind="escalation")
        said = render(notice.kind, notice.params)
        assert said.path == f"escalations/{row.public_id}/"
        assert "M-000001 Thing one" in said.title
        assert "level 1" in reason(notice.kind, notice.params)
    assert shown(desk.house, "owner", said.path)


def test_many_things_are_told_in_one_notice_with_the_rest_counted(desk: Desk) -> None:
    for number in range(23):
        desk.owe(str(number))
    lived(desk, "2026-03-05 00:01", "2026-03-06 00:01")
    with desk.house.active():
        notice = Notification.objects.get(kind="escalations")
        said = render(notice.kind, notice.params)
    assert "23" in said.title
    assert len(said.lines) == 21
    assert "3" in said.lines[-1]
    assert shown(desk.house, "owner", said.path).count("Thing ") >= 23


def test_policies_are_proposed_and_published_by_two_people(desk: Desk) -> None:
    house = desk.house
    pmo, admin = house.client("pmo"), house.client("administrator")
    form = pmo.get(house.page("escalation-policies/propose/"))
    assert form.context["form"].initial["desk.owes"] == 1
    empty = pmo.post(house.page("escalation-policies/propose/"), {})
    assert empty.status_code == 422
    wrong = {"desk.owes": "2", "desk.sponsor": "2"}
    twice = pmo.post(house.page("escalation-policies/propose/"), wrong)
    assert (twice.status_code, "days already" in twice.content.decode()) == (422, True)
    said = {"desk.owes": "0", "desk.sponsor": "4"}
    assert pmo.post(house.page("escalation-policies/propose/"), said).status_code == 302
    page = house.page("escalation-policies/versions/1/publish/")
    assert pmo.post(page, {"seen_version": 1}).status_code == 403
    assert admin.post(page, {"seen_version": 1}).status_code == 302
    with house.active():
        row = EscalationPolicy.objects.get()
        assert (row.state, row.said) == ("published", {"desk": {"owes": 0, "sponsor": 4}})
    assert "after 4 business days" in shown(house, "owner", "escalation-policies/")
    assert "after 4 business days" in shown(house, "owner", "escalation-policies/versions/1/")


def test_policies_through_the_api(desk: Desk) -> None:
    pmo, admin = desk.house.caller("pmo"), desk.house.caller("administrator")
    standing = pmo.get("escalation-policies/").json()
    assert standing["number"] is None
    assert [chain["kind"] for chain in standing["policies"]] == ["desk"]
    body: dict[str, Any] = {
        "policies": [{"kind": "desk", "steps": [{"tier": Tier.SPONSOR, "after_days": 2}]}]
    }
    made = pmo.post("escalation-policy-versions/", body)
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    again = admin.post("escalation-policy-versions/", body)
    assert (again.status_code, again.json()["code"]) == (409, "escalation_policy_proposed")
    address = "escalation-policy-versions/1/"
    own = pmo.post(f"{address}publish/", {}, **{"If-Match": made.headers["ETag"]})
    assert (own.status_code, own.json()["code"]) == (403, "segregation_of_duties")
    done = admin.post(f"{address}publish/", {}, **{"If-Match": made.headers["ETag"]})
    assert (done.status_code, done.json()["state"]) == (200, "published")
    late = admin.delete(address, **{"If-Match": done.headers["ETag"]})
    assert (late.status_code, late.json()["code"]) == (409, "escalation_policy_not_proposed")
    unknown = {"policies": [{"kind": "nothing", "steps": []}]}
    assert pmo.post("escalation-policy-versions/", unknown).status_code == 400
    finance = {"policies": [{"kind": "desk", "steps": [{"tier": "x", "after_days": -1}]}]}
    assert pmo.post("escalation-policy-versions/", finance).status_code == 400

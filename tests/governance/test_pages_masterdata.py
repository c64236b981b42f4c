"""The pages of master data: lists, adding, renaming, deactivating, and the seats of forums."""

from typing import Any

import pytest
from django.test import Client

from governance.masterdata.models import KINDS, BusinessUnit, Forum
from governance.masterdata.selectors import master_datum, seats_of
from governance.masterdata.services import master_data_create, master_data_rename
from governance.people.choices import Role
from tests.houses import House


@pytest.fixture
def admin(alpha: House) -> Client:
    return alpha.client("administrator")


def text_of(answer: Any) -> str:
    return answer.content.decode()


def seats(house: House) -> set[tuple[str, str]]:
    with house.active():
        return {(seat.membership.email, seat.seat) for seat in seats_of(house.forum)}


def row_of(house: House, kind: str, code: str) -> Any:
    with house.active():
        return master_datum(kind, code)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_list_that_all_members_with_a_role_may_read(
    alpha: House, kind: str
) -> None:
    for name in ("administrator", "executive", "auditor"):
        answer = alpha.client(name).get(alpha.page(f"master-data/{kind}/"))
        assert answer.status_code == 200
    assert alpha.client("guest").get(alpha.page(f"master-data/{kind}/")).status_code == 403


def test_the_entry_point_leads_to_the_first_list(alpha: House, admin: Client) -> None:
    answer = admin.get(alpha.page("master-data/"))
    assert answer["Location"] == alpha.page("master-data/business-units/")


def test_an_unknown_kind_or_code_is_not_found(alpha: House, admin: Client) -> None:
    assert admin.get(alpha.page("master-data/planets/")).status_code == 404
    assert admin.get(alpha.page("master-data/functions/NONE/")).status_code == 404


def test_an_entry_of_another_tenant_is_not_found(alpha: House, beta: House) -> None:
    with beta.active():
        row, by = master_datum("forums", "SC"), beta.system(Role.ADMINISTRATOR)
        master_data_rename(row=row, name="Secret of Beta", seen_version=1, by=by)
        master_data_create(model=BusinessUnit, code="BETA", name="Beta alone", by=by)
    for kind in KINDS:
        text = text_of(alpha.client("administrator").get(alpha.page(f"master-data/{kind}/")))
        assert "Beta" not in text
    mine = alpha.client("administrator").get(alpha.page("master-data/business-units/BETA/"))
    assert mine.status_code == 404
    theirs = alpha.client("administrator").get(beta.page("master-data/forums/SC/"))
    assert theirs.status_code == 404


def test_an_entry_is_added(alpha: House, admin: Client) -> None:
    url = alpha.page("master-data/functions/")
    answer = admin.post(url, {"code": "F2", "name": "  Über   alles "})
    assert answer.status_code == 302
    row = row_of(alpha, "functions", "F2")
    assert (row.name, row.is_active, row.sort_key) == ("Über alles", True, "uber alles")
    assert "Über alles" in text_of(admin.get(url, {"q": "UBER"}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"code": ""}, "required"),
        ({"code": "a/b"}, "Letters, digits, blanks"),
        ({"code": ".."}, "Letters, digits, blanks"),
        ({"code": "x" * 31}, "At most 30"),
        ({"name": "a\x07"}, "control characters"),
        ({"code": "F1"}, "in use already"),
    ],
)
def test_an_entry_that_cannot_be_kept_is_told_in_the_form(
    alpha: House, admin: Client, given: dict[str, str], words: str
) -> None:
    data = {"code": "F2", "name": "Finance"} | given
    answer = admin.post(alpha.page("master-data/functions/"), data)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_an_entry_is_renamed_and_its_history_says_so(alpha: House, admin: Client) -> None:
    url = alpha.page("master-data/business-units/BU1/")
    assert admin.post(url, {"name": "Wind power", "seen_version": 1}).status_code == 302
    text = text_of(admin.get(url))
    assert "changed business unit BU1 Wind power: name Wind → Wind power" in text
    assert admin.post(url, {"name": "Stale", "seen_version": 1}).status_code == 409
    assert row_of(alpha, "business-units", "BU1").name == "Wind power"


def test_an_entry_is_deactivated_after_a_question_and_activated_again(
    alpha: House, admin: Client
) -> None:
    url = alpha.page("master-data/legal-entities/LE1/active/")
    assert "Deactivate Alpha GmbH?" in text_of(admin.get(url))
    assert admin.post(url, {"seen_version": 1, "is_active": "0"}).status_code == 302
    assert row_of(alpha, "legal-entities", "LE1").is_active is False
    listed = alpha.page("master-data/legal-entities/")
    assert "Alpha GmbH" in text_of(admin.get(listed, {"shown": "inactive"}))
    assert "Alpha GmbH" not in text_of(admin.get(listed, {"shown": "active"}))
    assert admin.post(url, {"seen_version": 2, "is_active": "1"}).status_code == 302
    assert row_of(alpha, "legal-entities", "LE1").is_active is True


def test_who_may_only_read_sees_the_actions_refused(alpha: House) -> None:
    executive = alpha.client("executive")
    text = text_of(executive.get(alpha.page("master-data/business-units/BU1/")))
    assert "needs the role Administrator or Transformation office" in text
    assert alpha.page("master-data/business-units/BU1/active/") not in text
    for path, data in (
        ("master-data/functions/", {"code": "F2", "name": "Finance"}),
        ("master-data/business-units/BU1/", {"name": "X", "seen_version": 1}),
        ("master-data/business-units/BU1/active/", {"seen_version": 1, "is_active": "0"}),
        ("master-data/forums/SC/seats/", {"person": "pmo@alpha.example", "seat": "member"}),
    ):
        assert executive.post(alpha.page(path), data).status_code == 403
    assert row_of(alpha, "business-units", "BU1").is_active is True


def test_a_pmo_of_a_part_of_the_tree_does_not_change_what_all_share(alpha: House) -> None:
    data = {"code": "F2", "name": "Finance"}
    answer = alpha.client("narrow").post(alpha.page("master-data/functions/"), data)
    assert answer.status_code == 403


def test_a_forum_gets_a_quorum_and_seats(alpha: House, admin: Client) -> None:
    url = alpha.page("master-data/forums/SC/")
    data = {"name": "Steering committee", "quorum": 3, "seen_version": 1}
    assert admin.post(url, data).status_code == 302
    assert row_of(alpha, "forums", "SC").quorum == 3
    seat = {"person": "SPONSOR@alpha.example", "seat": "member"}
    assert admin.post(f"{url}seats/", seat).status_code == 302
    assert seats(alpha) == {
        ("forum_member@alpha.example", "chair"),
        ("sponsor@alpha.example", "member"),
    }
    assert "gave sponsor@alpha.example a seat" in text_of(admin.get(url))


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ("forum_member@alpha.example", "already sits in the forum"),
        ("administrator@alpha.example", "(S6)"),
        ("pmo@beta.example", "is not a member of this tenant"),
        ("", "required"),
    ],
)
def test_a_seat_that_cannot_be_given_is_told_in_the_form(
    alpha: House, admin: Client, person: str, words: str
) -> None:
    url = alpha.page("master-data/forums/SC/seats/")
    answer = admin.post(url, {"person": person, "seat": "member"})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert seats(alpha) == {("forum_member@alpha.example", "chair")}


def test_a_seat_is_taken_back_after_a_question(alpha: House, admin: Client) -> None:
    person = alpha.people["forum_member"].public_id
    url = alpha.page(f"master-data/forums/SC/seats/{person}/remove/")
    assert "Take back the seat of Forum Member?" in text_of(admin.get(url))
    assert admin.post(url).status_code == 302
    assert seats(alpha) == set()
    assert admin.post(url).status_code == 404


def test_a_quorum_out_of_range_is_refused(alpha: House, admin: Client) -> None:
    url = alpha.page("master-data/forums/SC/")
    for quorum in ("0", "100", "many"):
        data = {"name": "Steering committee", "quorum": quorum, "seen_version": 1}
        assert admin.post(url, data).status_code == 422
    with alpha.active():
        assert Forum.objects.get(code="SC").quorum == 1

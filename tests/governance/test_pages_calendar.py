"""The pages of the calendar, for those who change it and those who read it."""

from datetime import date

import pytest
from django.test import Client

from governance.calendars.models import CalendarVersion
from governance.calendars.rules import Holiday
from governance.calendars.selectors import current_calendar
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from tests.governance.people_reading import text_of
from tests.houses import House

WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday"]
CHRISTMAS = Holiday(date(2026, 12, 25), "Christmas Day")
BOXING = Holiday(date(2026, 12, 26), "Boxing Day")


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


@pytest.fixture
def admin(alpha: House) -> Client:
    return alpha.client("administrator")


def propose(house: House, *holidays: Holiday) -> None:
    with house.active():
        calendar_propose(draft=CalendarDraft(holidays=holidays), by=house.actor("pmo"))


def states(house: House) -> list[str]:
    with house.active():
        return list(CalendarVersion.objects.order_by("number").values_list("state", flat=True))


def test_without_a_version_the_standard_is_shown(alpha: House) -> None:
    text = text_of(alpha.client("executive").get(alpha.page("calendar/"), {"year": "2026"}))
    assert "The standard: Monday to Friday" in text
    assert "No version yet" in text
    assert "Monday, Tuesday, Wednesday, Thursday, Friday" in text
    assert "261" in text  # weekdays of 2026
    assert alpha.client("guest").get(alpha.page("calendar/")).status_code == 403


def test_a_version_is_proposed_published_and_read(alpha: House, pmo: Client, admin: Client) -> None:
    url = alpha.page("calendar/")
    data = {
        "working_days": WEEK,
        "holidays": "2026-12-25 Christmas Day\r\n\r\n2026-12-26 Boxing Day",
    }
    assert pmo.post(f"{url}propose/", data).status_code == 302
    text = text_of(pmo.get(url, {"year": "2026"}))
    assert "Pmo proposed version 1" in text
    assert "You proposed it: a second person publishes it (S5)." in text
    assert f"{url}versions/1/publish/" not in pmo.get(url).content.decode()
    assert "Publish version 1?" in text_of(admin.get(f"{url}versions/1/publish/"))
    assert pmo.post(f"{url}versions/1/publish/", {"seen_version": 1}).status_code == 403
    assert states(alpha) == ["draft"]
    assert admin.post(f"{url}versions/1/publish/", {"seen_version": 1}).status_code == 302
    text = text_of(alpha.client("executive").get(url, {"year": "2026"}))
    assert "Version 1, published by Administrator" in text
    assert "25 Dec 2026" in text
    assert "a day off anyway" in text  # Boxing Day 2026 is a Saturday
    assert "260" in text
    with alpha.active():
        assert current_calendar().holidays == {CHRISTMAS.day, BOXING.day}


def test_the_next_proposal_begins_with_what_is_in_force(
    alpha: House, pmo: Client, admin: Client
) -> None:
    propose(alpha, CHRISTMAS)
    with alpha.active():
        calendar_publish(number=1, seen_version=1, by=alpha.actor("administrator"))
    page = pmo.get(alpha.page("calendar/propose/")).content.decode()
    assert "2026-12-25 Christmas Day" in page
    assert page.count("checked") == len(WEEK)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"working_days": []}, "required"),
        ({"working_days": ["someday"]}, "someday"),
        ({"holidays": "2026-01-01 New Year\n25.12.2026 Christmas"}, "Line 2: Begin with a day"),
        ({"holidays": "2026-01-01 A\n2026-01-01 B"}, "Line 2: This day stands here twice."),
        ({"holidays": "\n2026-01-01"}, "Line 2: Name the holiday"),
        ({"holidays": "\n".join(["x"] * 30_000)}, "60000 characters"),
    ],
)
def test_a_proposal_that_cannot_be_kept_is_told_and_the_typed_text_stays(
    alpha: House, pmo: Client, given: dict[str, object], words: str
) -> None:
    data = {"working_days": WEEK, "holidays": "2026-05-01 Labour Day"} | given
    answer = pmo.post(alpha.page("calendar/propose/"), data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words.split(" ", maxsplit=1)[0] in page
    if words.startswith("Line"):
        assert words in text_of(answer)
    if "25.12" in str(data["holidays"]):
        assert "25.12.2026 Christmas" in page
    assert states(alpha) == []


def test_a_second_proposal_is_refused_in_the_form(alpha: House, pmo: Client) -> None:
    propose(alpha)
    answer = pmo.post(alpha.page("calendar/propose/"), {"working_days": WEEK, "holidays": ""})
    assert answer.status_code == 422
    assert "waits for its publication already" in text_of(answer)
    assert "A proposed version waits already" in text_of(pmo.get(alpha.page("calendar/")))


def test_a_proposal_is_withdrawn_after_a_question(alpha: House, pmo: Client) -> None:
    propose(alpha)
    url = alpha.page("calendar/versions/1/withdraw/")
    assert "Withdraw version 1?" in text_of(pmo.get(url))
    assert pmo.post(url, {"seen_version": 2}).status_code == 409
    assert pmo.post(url, {"seen_version": 1}).status_code == 302
    assert states(alpha) == ["withdrawn"]
    text = text_of(pmo.get(alpha.page("calendar/versions/1/")))
    assert "withdrew the proposed version 1" in text


def test_who_may_only_read_sees_the_actions_refused(alpha: House) -> None:
    propose(alpha)
    executive, url = alpha.client("executive"), alpha.page("calendar/")
    text = text_of(executive.get(url))
    assert "Changing the calendar needs the role" in text
    for path in ("propose/", "versions/1/publish/", "versions/1/withdraw/"):
        assert executive.get(url + path).status_code == 403
        assert executive.post(url + path, {"seen_version": 1}).status_code == 403
    assert states(alpha) == ["draft"]


@pytest.mark.parametrize("year", ["", "1989", "2200", "x", "20260", "٢٠٢٦", "-202"])
def test_an_odd_year_shows_this_one(alpha: House, pmo: Client, year: str) -> None:
    assert pmo.get(alpha.page("calendar/"), {"year": year}).status_code == 200


@pytest.mark.parametrize("year", ["1990", "2199"])
def test_the_first_and_the_last_year_are_shown(alpha: House, pmo: Client, year: str) -> None:
    page = pmo.get(alpha.page("calendar/"), {"year": year}).content.decode()
    assert "year=1989" not in page
    assert "year=2200" not in page


def test_a_version_of_another_tenant_is_not_found(alpha: House, beta: House) -> None:
    propose(alpha, CHRISTMAS)
    stranger = beta.client("administrator")
    assert stranger.get(beta.page("calendar/versions/1/")).status_code == 404
    assert "Christmas" not in text_of(stranger.get(beta.page("calendar/"), {"year": "2026"}))

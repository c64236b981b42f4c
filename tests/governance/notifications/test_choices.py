"""How people want to be told: their page, the API, and the way out of a mail."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from governance.audit.models import AuditEvent
from governance.errors import Invalid, Refused, Stale
from governance.notifications.choices import Delivery
from governance.notifications.models import NoticeChoice, Notification
from governance.notifications.rules import Hours
from governance.notifications.selectors import wishes_of
from governance.notifications.services_choices import (
    THE_DAYS,
    Asked,
    notice_turn_off,
    notice_wishes_change,
)
from governance.notifications.unsubscribing import off_url, read_off
from governance.permissions.services import member_leave
from tests.governance.notifications.telling import AT_ONCE, DAILY, KEPT, SILENT, tell
from tests.houses import House

USUAL = Hours()


def change(house: House, seen: int = 1, hours: Hours = USUAL, **deliveries: Delivery) -> Any:
    named = {code.replace("_", ".", 1): said for code, said in deliveries.items()}
    return notice_wishes_change(
        asked=Asked(named, hours), seen_version=seen, by=house.actor("owner")
    )


def test_a_choice_holds_for_what_comes_and_is_recorded(in_alpha: House) -> None:
    owner = in_alpha.people["owner"]
    tell(in_alpha, owner, key="before")
    wishes = change(in_alpha, test_at_once=Delivery.DIGEST)
    assert wishes.version == 2
    tell(in_alpha, owner, in_alpha.people["pmo"], key="after")
    rows = Notification.objects.filter(recipient=owner).order_by("id")
    assert [row.delivery for row in rows] == [Delivery.AT_ONCE, Delivery.DIGEST]
    others = Notification.objects.get(recipient=in_alpha.people["pmo"])
    assert others.delivery == Delivery.AT_ONCE
    event = AuditEvent.objects.order_by("-id").first()
    assert '"action":"notice.chosen"' in event.body
    assert AT_ONCE in event.body


def test_what_is_as_it_was_writes_nothing(in_alpha: House) -> None:
    assert change(in_alpha, test_at_once=Delivery.AT_ONCE).version == 1
    assert not NoticeChoice.objects.exists()


def test_a_stale_change_is_refused(in_alpha: House) -> None:
    change(in_alpha, hours=Hours(None, None, 9))
    with pytest.raises(Stale):
        change(in_alpha, test_at_once=Delivery.OFF)


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        (Hours(time(22), None, 7), "quiet_until"),
        (Hours(None, time(6), 7), "quiet_from"),
        (Hours(time(6), time(6), 7), "quiet_until"),
        (Hours(None, None, 24), "digest_hour"),
    ],
)
def test_hours_that_make_no_sense_are_named(hours: Hours, field: str, in_alpha: House) -> None:
    with pytest.raises(Invalid) as caught:
        change(in_alpha, hours=hours)
    assert list(caught.value.errors) == [field]


def test_what_must_arrive_cannot_be_off(in_alpha: House) -> None:
    with pytest.raises(Invalid) as caught:
        change(in_alpha, test_kept=Delivery.OFF, test_nothing=Delivery.OFF)
    assert set(caught.value.errors) == {KEPT, "test.nothing"}
    with pytest.raises(Refused):
        notice_turn_off(kind=KEPT, by=in_alpha.actor("owner"))


def test_the_daily_mail_is_turned_off_kind_by_kind(in_alpha: House) -> None:
    change(in_alpha, test_kept=Delivery.DIGEST)
    off = {kind.code for kind in notice_turn_off(kind=THE_DAYS, by=in_alpha.actor("owner"))}
    assert DAILY in off
    assert not off & {KEPT, AT_ONCE}
    wishes = wishes_of(in_alpha.people["owner"].pk)
    assert wishes.deliveries[DAILY] == Delivery.OFF
    assert wishes.deliveries[KEPT] == Delivery.DIGEST
    again = notice_turn_off(kind=THE_DAYS, by=in_alpha.actor("owner"))
    assert again == []


# --- the page and the API -----------------------------------------------------------------------


def form(house: House, **values: str) -> dict[str, str]:
    with house.active():
        wishes = wishes_of(house.people["owner"].pk)
    given = {code: said.value for code, said in wishes.deliveries.items()}
    given |= {"quiet_from": "22:00", "quiet_until": "06:30", "digest_hour": "8"}
    return given | {"seen_version": str(wishes.version)} | values


def test_the_page_saves_all_choices(alpha: House) -> None:
    client, url = alpha.client("owner"), f"/t/{alpha.slug}/notifications/settings/"
    assert b"Cannot be turned off." in client.get(url).content
    assert client.post(url, form(alpha, **{DAILY: "off"})).status_code == 302
    with alpha.active():
        wishes = wishes_of(alpha.people["owner"].pk)
    assert wishes.hours == Hours(time(22), time(6, 30), 8)
    assert wishes.deliveries[DAILY] == Delivery.OFF
    refused = client.post(url, form(alpha, quiet_until="", digest_hour="99", **{KEPT: "off"}))
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"digest_hour", KEPT}
    half = client.post(url, form(alpha, quiet_until=""))
    assert half.context["form"].errors.keys() == {"quiet_until"}
    assert client.post(url, form(alpha, seen_version="1")).status_code == 409


def test_the_api_changes_what_is_named(alpha: House) -> None:
    api = alpha.caller("owner")
    first = api.get("notification-settings/")
    assert first["ETag"] == '"1"'
    body = {"quiet_from": None, "quiet_until": None, "deliveries": {AT_ONCE: "digest"}}
    changed = api.patch("notification-settings/", body, **{"If-Match": '"1"'})
    assert changed.status_code == 200
    said = {row["kind"]: row["delivery"] for row in changed.json()["kinds"]}
    assert (said[AT_ONCE], said[SILENT]) == ("digest", "off")
    assert changed.json()["quiet_from"] is None
    assert changed.json()["digest_hour"] == first.json()["digest_hour"]
    stale = api.patch("notification-settings/", body, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    wrong = {"deliveries": {KEPT: "off"}, "digest_hour": 24, "quiet_from": "noon"}
    answer = api.patch("notification-settings/", wrong, **{"If-Match": '"2"'})
    assert answer.status_code == 400


# --- out of a mail ------------------------------------------------------------------------------


def address(house: House, kind: str = DAILY) -> str:
    url = off_url(house.tenant, house.people["owner"], kind)
    return "/" + url.split("/", 3)[3]


def delivery(house: House, kind: str = DAILY) -> Delivery:
    with house.active():
        return wishes_of(house.people["owner"].pk).deliveries[kind]


def test_looking_changes_nothing_and_one_click_turns_off(alpha: House) -> None:
    client, url = Client(enforce_csrf_checks=True), address(alpha)
    shown = client.get(url)
    assert shown.status_code == 200
    assert "Turn these mails off?" in shown.content.decode()
    assert delivery(alpha) == Delivery.DIGEST
    for _click in range(2):
        done = client.post(url, {"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert delivery(alpha) == Delivery.OFF
    assert delivery(alpha, AT_ONCE) == Delivery.AT_ONCE


def test_an_address_that_was_touched_is_nothing(alpha: House) -> None:
    url = address(alpha)
    for wrong in (url.replace("/unsubscribe/", "/unsubscribe/x"), "/unsubscribe/a:b:c/"):
        assert Client().post(wrong).status_code == 404
    assert read_off("x") is None
    assert delivery(alpha) == Delivery.DIGEST


def test_what_must_arrive_says_so(alpha: House) -> None:
    answer = Client().post(address(alpha, KEPT))
    assert "cannot be turned off" in answer.content.decode()
    assert delivery(alpha, KEPT) == Delivery.AT_ONCE


def test_who_left_finds_nothing(alpha: House) -> None:
    url, owner = address(alpha), alpha.people["owner"]
    with alpha.active():
        member_leave(membership=owner, seen_version=owner.version, by=alpha.actor("administrator"))
    assert Client().get(url).status_code == 404

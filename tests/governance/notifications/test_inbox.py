"""The inbox as page and API: one's own notices, read and taken back."""

import uuid

import pytest
from django.db import IntegrityError

from governance.notifications.models import Notification
from governance.notifications.selectors import MOST_COUNTED, unread_shown
from governance.people.choices import TokenScope
from tests.governance.notifications.telling import AT_ONCE, DAILY, KEPT, notices, tell
from tests.houses import House


@pytest.fixture
def told(alpha: House) -> House:
    """The owner was told three things, the sponsor one."""
    owner, sponsor = alpha.people["owner"], alpha.people["sponsor"]
    tell(alpha, owner, sponsor, key="one", code="M-1")
    tell(alpha, owner, kind=DAILY, key="two", code="M-2")
    tell(alpha, owner, kind=KEPT, key="three", code="M-3")
    return alpha


def page(house: House, query: str = "", name: str = "owner") -> str:
    answer = house.client(name).get(f"/t/{house.slug}/notifications/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def unread(house: House, name: str = "owner") -> list[str]:
    with house.active():
        rows = Notification.objects.filter(recipient=house.people[name], read_at__isnull=True)
        return sorted(rows.values_list("key", flat=True))


def test_it_shows_ones_own_unread_notices_with_the_reason(told: House) -> None:
    text = page(told)
    for code in ("M-1", "M-2", "M-3"):
        assert f"Measure {code}" in text
    assert "You get this because you own M-1." in text
    assert "3 unread" in text
    assert "Measure M-2" not in page(told, name="sponsor")
    assert "Nothing unread" in page(told, name="guest")
    assert "No notifications yet" in page(told, "?show=all", name="guest")


def test_it_is_narrowed_by_kind(told: House) -> None:
    text = page(told, f"?kind={DAILY}")
    assert "Measure M-2" in text
    assert "Measure M-1" not in text
    assert "Measure M-1" in page(told, "?kind=nothing")


def test_opening_a_notice_leads_on_and_marks_it_read(told: House) -> None:
    with told.active():
        first = notices(told.people["owner"])[0]
    url = f"/t/{told.slug}/notifications/{first.public_id}/"
    client = told.client("owner")
    assert client.head(url).status_code == 302
    assert unread(told) == ["one", "three", "two"]
    answer = client.get(url)
    assert answer["Location"] == f"/t/{told.slug}/measures/M-1/"
    assert unread(told) == ["three", "two"]
    assert told.client("sponsor").get(url).status_code == 404


def test_one_is_marked_and_taken_back(told: House) -> None:
    with told.active():
        first = notices(told.people["owner"])[0]
    url = f"/t/{told.slug}/notifications/{first.public_id}/read/?show=unread"
    client = told.client("owner")
    answer = client.post(url, {"is_read": "1"})
    assert answer["Location"] == f"/t/{told.slug}/notifications/?show=unread"
    assert unread(told) == ["three", "two"]
    client.post(url, {"is_read": "0"})
    assert unread(told) == ["one", "three", "two"]


def test_all_are_marked_and_taken_back(told: House) -> None:
    client, home = told.client("owner"), f"/t/{told.slug}/notifications/"
    with told.active():
        first = notices(told.people["owner"])[0]
    client.get(f"{home}{first.public_id}/")
    answer = client.post(f"{home}read-all/?show=unread")
    assert unread(told) == []
    assert unread(told, "sponsor") == ["one"]
    shown = client.get(answer["Location"])
    assert "2 notifications were marked read." in shown.content.decode()
    assert "Undo" in shown.content.decode()
    read_at = shown.context["read_at"].isoformat()
    client.post(f"{home}unread-again/", {"read_at": read_at})
    assert unread(told) == ["three", "two"], "what was read before stays read"
    client.post(f"{home}read-all/?kind={DAILY}")
    assert unread(told) == ["three"]


@pytest.mark.parametrize("text", ["", "x", "2026-99-99T00:00:00Z", "2026-01-01", "\x00"])
def test_a_moment_that_is_none_takes_nothing_back(text: str, told: House) -> None:
    answer = told.client("owner").post(
        f"/t/{told.slug}/notifications/unread-again/", {"read_at": text}
    )
    assert answer.status_code == 302
    assert page(told, f"?read_at={text.replace(chr(0), '')}")


def test_the_bell_counts_up_to_a_hundred(told: House) -> None:
    assert unread_shown(0) == ""
    assert unread_shown(MOST_COUNTED - 1) == "99"
    owner = told.people["owner"]
    for number in range(MOST_COUNTED):
        tell(told, owner, kind=DAILY, key=f"more{number}")
    assert "99+ unread" in page(told)


def test_the_api_lists_reads_and_takes_back(told: House) -> None:
    api = told.caller("owner")
    listed = api.get("notifications/", {"unread": "true"}).json()["results"]
    assert [row["title"] for row in listed] == ["Measure M-3", "Measure M-2", "Measure M-1"]
    assert listed[0]["url"].endswith(f"/t/{told.slug}/measures/M-3/")
    assert listed[0]["why"] == "You get this because you own M-3."
    only = api.get("notifications/", {"kind": AT_ONCE}).json()["results"]
    assert [row["kind"] for row in only] == [AT_ONCE]
    assert api.get("notifications/", {"kind": "nothing"}).status_code == 400
    one = api.post(f"notifications/{listed[0]['id']}/read/", {}).json()
    assert one["read_at"] is not None
    assert api.post(f"notifications/{one['id']}/unread/", {}).json()["read_at"] is None
    done = api.post("notifications/read-all/", {}).json()
    assert done["count"] == 3
    again = api.post("notifications/unread-again/", {"read_at": done["read_at"]})
    assert again.json() == {"count": 3}
    assert api.get(f"notifications/{uuid.uuid4()}/").status_code == 404


def test_a_token_that_may_only_read_marks_nothing(told: House) -> None:
    api = told.caller("owner", scopes=(TokenScope.READ,))
    assert api.post("notifications/read-all/", {}).status_code == 403
    assert unread(told) == ["one", "three", "two"]


def test_the_database_tells_nobody_twice(told: House) -> None:
    with told.active():
        row = notices(told.people["owner"])[0]
        row.pk, row.public_id = None, uuid.uuid4()
        with pytest.raises(IntegrityError):
            row.save(force_insert=True)

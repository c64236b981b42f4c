"""A seat in a forum counts once another member has confirmed it (S6)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from approvals.selectors import forums_by_person, seats_in
from governance.audit.models import AuditEvent
from governance.errors import Conflict, DomainError, Forbidden, NotVisible
from governance.history import history_of
from governance.masterdata.choices import Seat
from governance.masterdata.models import ForumMember
from governance.masterdata.services import master_data_subject
from governance.masterdata.services_seats import (
    forum_member_add,
    forum_member_remove,
    seat_confirm,
    seat_refuse,
)
from governance.people.choices import MembershipKind
from tests.governance.people_reading import text_of
from tests.houses import House


def given(house: House, name: str = "guest", by: str = "pmo") -> ForumMember:
    return forum_member_add(
        forum=house.forum, membership=house.people[name], seat=Seat.MEMBER, by=house.actor(by)
    )


def confirmed(house: House, by: str, name: str = "guest") -> ForumMember:
    return seat_confirm(forum=house.forum, membership=house.people[name], by=house.actor(by))


def refused(error: type[DomainError], work: Callable[[], Any]) -> DomainError:
    """What a refusal says; it leaves nothing behind."""
    before = AuditEvent.objects.count(), list(ForumMember.objects.order_by("id").values())
    with pytest.raises(error) as caught, transaction.atomic():
        work()
    assert before == (AuditEvent.objects.count(), list(ForumMember.objects.order_by("id").values()))
    return caught.value


def said(house: House) -> list[str]:
    subject = master_data_subject(house.forum)
    return [str(row.sentence) for row in history_of(subject.type, subject.key).rows]


def test_a_seat_waits_for_another_member(in_alpha: House) -> None:
    row, guest = given(in_alpha), in_alpha.people["guest"].pk
    assert row.is_pending
    assert guest not in seats_in(in_alpha.forum.pk)
    assert forums_by_person([guest])[guest] == set()
    done = confirmed(in_alpha, "forum_member")
    assert (done.is_pending, done.confirmed_by_id) == (False, in_alpha.people["forum_member"].pk)
    assert guest in seats_in(in_alpha.forum.pk)
    confirmation, proposal = said(in_alpha)[:2]
    assert confirmation.startswith("Forum Member confirmed the seat of guest@alpha.example in SC")
    assert proposal.startswith("Pmo gave guest@alpha.example a seat in SC Steering committee; ano")
    assert refused(Conflict, lambda: confirmed(in_alpha, "forum_member")).code == "seat_not_pending"


def test_who_does_not_sit_there_confirms_nothing(in_alpha: House) -> None:
    given(in_alpha)
    assert refused(Forbidden, lambda: confirmed(in_alpha, "sponsor")).code == "forbidden"


def test_neither_giver_nor_receiver_confirms(in_alpha: House) -> None:
    # Both sit there, so that only S6 stands in their way.
    for name in ("pmo", "guest"):
        given(in_alpha, name, by="administrator")
    ForumMember.objects.filter(membership=in_alpha.people["pmo"]).update(is_pending=False)
    given(in_alpha, "sponsor", by="pmo")
    for work in (
        lambda: confirmed(in_alpha, "pmo", "sponsor"),
        lambda: confirmed(in_alpha, "guest", "guest"),
    ):
        error = refused(Forbidden, work)
        assert (error.code, error.errors) == ("segregation_of_duties", {"rule": ["S6"]})


def test_a_pending_member_and_a_consultant_confirm_nothing(in_alpha: House) -> None:
    for name in ("guest", "sponsor", "consultant"):
        given(in_alpha, name)
    assert in_alpha.people["consultant"].kind == MembershipKind.CONSULTANT
    seat = ForumMember.objects.filter(membership=in_alpha.people["consultant"])
    seat.update(is_pending=False)
    for name in ("sponsor", "consultant"):
        refused(Forbidden, lambda name=name: confirmed(in_alpha, name))


def test_where_nobody_sits_a_seat_counts_at_once_and_the_trail_says_why(in_alpha: House) -> None:
    member, by = in_alpha.people["forum_member"], in_alpha.actor("pmo")
    forum_member_remove(forum=in_alpha.forum, membership=member, by=by)
    assert not given(in_alpha).is_pending
    event = AuditEvent.objects.filter(action="forum_member.added").latest("id")
    assert "nobody sat there yet" in event.body


def test_a_member_whose_log_in_is_switched_off_is_nobody_to_wait_for(in_alpha: House) -> None:
    user = in_alpha.people["forum_member"].user
    user.is_active = False
    user.save()
    assert not given(in_alpha).is_pending


def test_a_refused_seat_is_gone_and_told(in_alpha: House) -> None:
    given(in_alpha)
    seat_refuse(
        forum=in_alpha.forum,
        membership=in_alpha.people["guest"],
        by=in_alpha.actor("forum_member"),
    )
    assert not ForumMember.objects.filter(membership=in_alpha.people["guest"]).exists()
    assert said(in_alpha)[0] == (
        "Forum Member refused guest@alpha.example the seat in SC Steering committee: seat Member"
    )
    refused(NotVisible, lambda: confirmed(in_alpha, "forum_member"))


def test_the_page_of_a_forum_shows_what_waits_and_lets_it_be_confirmed(alpha: House) -> None:
    pmo, member = alpha.client("pmo"), alpha.client("forum_member")
    url = alpha.page(f"master-data/forums/{alpha.forum.code}/")
    body = {"person": "guest@alpha.example", "seat": "member"}
    page = text_of(pmo.post(f"{url}seats/", body, follow=True))
    assert "once another member of the forum has confirmed it" in page
    assert "Waits for confirmation" in page
    target = f"{url}seats/{alpha.people['guest'].public_id}/"
    assert f"{target}confirm/" not in pmo.get(url).content.decode()
    assert f"{target}confirm/" in member.get(url).content.decode()
    assert "Confirm the seat of Guest?" in text_of(member.get(f"{target}confirm/"))
    assert "Refuse Guest the seat?" in text_of(member.get(f"{target}refuse/"))
    assert pmo.post(f"{target}confirm/").status_code == 403
    assert member.post(f"{target}confirm/").status_code == 302
    assert "Waits for confirmation" not in text_of(member.get(url))
    assert member.post(f"{target}refuse/").status_code == 409


def test_the_api_shows_confirms_and_refuses_what_waits(alpha: House) -> None:
    pmo, member = alpha.caller("pmo"), alpha.caller("forum_member")
    seats = f"forums/{alpha.forum.code}/members/"
    made = pmo.post(seats, {"person": "guest@alpha.example"}).json()
    assert made["is_pending"] is True
    url = f"{seats}{made['id']}/"
    assert pmo.post(f"{url}confirm/").json()["code"] == "segregation_of_duties"
    assert alpha.caller("sponsor").post(f"{url}confirm/").json()["code"] == "forbidden"
    done = member.post(f"{url}confirm/")
    assert (done.status_code, done.json()["is_pending"]) == (200, False)
    assert member.post(f"{url}refuse/").json()["code"] == "seat_not_pending"
    other = pmo.post(seats, {"person": "sponsor@alpha.example"}).json()
    assert member.post(f"{seats}{other['id']}/refuse/").status_code == 204
    assert len(pmo.get(seats).json()["results"]) == 2

"""Mails: sent once by whoever comes first, tried again, given up, repeated under one Message-ID."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.errors import Conflict, Forbidden, Stale
from governance.notifications.choices import Delivery, DropReason, MailState, NoticeGroup
from governance.notifications.letters import Letter
from governance.notifications.models import Mail
from governance.notifications.post import post
from governance.notifications.registry import NoticeKind, register_kind
from governance.notifications.rules import LEASE, Hours
from governance.notifications.services_choices import Asked, notice_wishes_change
from governance.notifications.services_inbox import notice_read
from governance.notifications.services_mails import mail_retry, mails_send, texts_forget
from governance.people.models import User
from governance.permissions.services import member_leave
from local.home import PROJECT
from tests.governance.notifications.mailroom import (
    HOST,
    Mailroom,
    awake,
    closed_mailroom,
    make_due,
    states,
)
from tests.governance.notifications.telling import AT_ONCE, KEPT, notices, tell
from tests.houses import House, World
from tests.racing import errors_in, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mailroom(settings: Any) -> Mailroom:
    made = closed_mailroom()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = HOST, made.port, 10
    return made


@pytest.fixture
def running(mailroom: Mailroom) -> Iterator[Mailroom]:
    with mailroom.open():
        yield mailroom


@pytest.fixture
def house(lasting_world: World) -> House:
    awake(lasting_world.alpha, "owner", "pmo", "sponsor")
    return lasting_world.alpha


def send(house: House) -> tuple[int, bool]:
    run = mails_send(house.tenant.pk, post=post)
    return run.count, run.is_away


def only_mail(house: House) -> Mail:
    with house.active():
        return Mail.objects.get()


# --- what a mail says ---------------------------------------------------------------------------


def test_a_mail_says_what_and_why_in_the_readers_language(house: House, running: Mailroom) -> None:
    owner = house.people["owner"]
    User.objects.filter(pk=owner.user_id).update(language="de")
    tell(house, owner)
    assert send(house) == (1, False)
    [message] = running.taken
    mail = only_mail(house)
    assert message["Subject"] == "Maßnahme M-1"
    assert message["Message-ID"] == mail.message_id
    assert message["To"] == owner.email
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in message["List-Unsubscribe"]
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for body in (text, html):
        assert "Maßnahme M-1" in body
        assert "you own M-1." in body
        assert f"/t/{house.slug}/notifications/" in body
    assert "Warum" in text
    assert mail.state == MailState.SENT
    assert (mail.address, mail.tries, mail.due_at) == (owner.email, 1, None)


def test_what_must_arrive_offers_no_way_out(house: House, running: Mailroom) -> None:
    tell(house, house.people["owner"], kind=KEPT)
    send(house)
    [message] = running.taken
    assert message["List-Unsubscribe"] is None
    assert "unsubscribe" not in message.as_string()


def test_names_with_signs_stay_whole(house: House, running: Mailroom) -> None:
    tell(house, house.people["owner"], code="<b>R&D</b>\r\nBcc: x@y.example")
    send(house)
    [message] = running.taken
    assert message["Bcc"] is None
    assert "<b>R&D</b>" in message.get_body(("plain",)).get_content()
    assert "<b>R&D" not in message.get_body(("html",)).get_content()


# --- once ---------------------------------------------------------------------------------------


def test_workers_side_by_side_send_each_mail_once(house: House, running: Mailroom) -> None:
    people = [house.people[name] for name in ("owner", "pmo", "sponsor")]
    for number in range(4):
        tell(house, *people, key=str(number))
    results = race(*[lambda: send(house)] * 4)
    assert errors_in(results) == []
    assert sum(count for count, _away in results) == len(people) * 4
    assert len(running.ids) == len(set(running.ids)) == len(people) * 4
    assert set(states(house)) == {MailState.SENT}
    assert send(house) == (0, False)


DYING = """
import os, signal, django
django.setup()
from governance.notifications.post import post
from governance.notifications.services_mails import mails_send

def post_and_die(letter):
    post(letter)
    os.kill(os.getpid(), signal.SIGKILL)

mails_send({tenant}, post=post_and_die)
"""


@pytest.mark.processes
def test_killed_after_the_server_took_it_it_comes_again_under_the_same_id(
    house: House, running: Mailroom
) -> None:
    tell(house, house.people["owner"])
    died = subprocess.run(
        [sys.executable, "-c", DYING.format(tenant=house.tenant.pk)],
        cwd=PROJECT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMAIL_URL": f"smtp://{HOST}:{running.port}",
        },
        check=False,
        timeout=120,
    )
    assert died.returncode == -signal.SIGKILL
    assert states(house) == [MailState.SENDING]
    assert send(house) == (0, False), "the claim of the dead worker still holds"
    User.objects.filter(pk=house.people["owner"].user_id).update(language="de")
    make_due(house)
    assert send(house) == (1, False)
    first, second = running.taken
    assert first["Message-ID"] == second["Message-ID"] == only_mail(house).message_id
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()
    make_due(house)
    assert send(house) == (0, False)


def test_who_comes_back_after_the_claim_changes_nothing(house: House, running: Mailroom) -> None:
    tell(house, house.people["owner"])

    def slow(letter: Letter) -> None:
        make_due(house)
        assert send(house) == (1, False)
        raise ConnectionError(letter.message_id)

    mails_send(house.tenant.pk, post=slow)
    assert states(house) == [MailState.SENT]
    assert len(running.taken) == 1


def test_a_mail_that_ends_every_worker_is_given_up(house: House) -> None:
    class Killed(BaseException):
        """What ends a worker is no error that it could note."""

    def die(_letter: Letter) -> None:
        raise Killed

    tell(house, house.people["owner"])
    for _worker in range(5):
        with pytest.raises(Killed):
            mails_send(house.tenant.pk, post=die)
        make_due(house)
    assert mails_send(house.tenant.pk, post=die).count == 0
    assert states(house) == [MailState.FAILED]


# --- bad luck -----------------------------------------------------------------------------------


def test_the_server_gone_for_hours_and_back(house: House, mailroom: Mailroom) -> None:
    tell(house, house.people["owner"])
    tell(house, house.people["pmo"])
    assert send(house) == (0, True)
    with house.active():
        first, second = Mail.objects.order_by("id")
    assert (first.state, first.tries) == (MailState.WAITING, 1)
    assert "refused" in first.reason
    assert first.due_at > timezone.now()
    assert second.tries == 0, "the others are not tried while the server is away"
    waited = timedelta()
    while waited < timedelta(hours=2):
        with house.active():
            Mail.objects.filter(pk=second.pk).update(due_at=timezone.now() + timedelta(days=1))
            Mail.objects.filter(pk=first.pk).update(due_at=timezone.now())
        assert send(house) == (0, True)
        with house.active():
            waited += Mail.objects.get(pk=first.pk).due_at - timezone.now()
    make_due(house)
    with mailroom.open():
        assert send(house) == (2, False)
    assert sorted(mailroom.ids) == sorted([first.message_id, second.message_id])


def test_a_refused_address_fails_at_once_and_is_tried_again_by_hand(
    house: House, running: Mailroom
) -> None:
    owner, pmo = house.people["owner"], house.people["pmo"]
    running.refuses.add(owner.email)
    tell(house, owner, pmo)
    assert send(house) == (1, False)
    with house.active():
        mail = Mail.objects.get(recipient=owner)
    assert mail.state == MailState.FAILED
    assert "550 no such mailbox" in mail.reason
    running.refuses.clear()
    with house.active():
        with pytest.raises(Forbidden):
            mail_retry(mail_id=mail.public_id, seen_version=mail.version, by=house.actor("pmo"))
        by = house.actor("administrator")
        with pytest.raises(Stale):
            mail_retry(mail_id=mail.public_id, seen_version=mail.version + 1, by=by)
        mail_retry(mail_id=mail.public_id, seen_version=mail.version, by=by)
    with house.active(), pytest.raises(Conflict):
        mail_retry(mail_id=mail.public_id, seen_version=mail.version + 1, by=by)
    assert send(house) == (1, False)
    assert running.ids[-1] == mail.message_id


def test_a_mail_that_cannot_be_written_stops_no_other(house: House, running: Mailroom) -> None:
    def broken(params: Any) -> Any:
        return params.nothing

    register_kind(NoticeKind("test.broken", "x", NoticeGroup.RHYTHM, "", broken))
    tell(house, house.people["owner"], kind="test.broken")
    tell(house, house.people["pmo"])
    for _try in range(3):
        send(house)
        make_due(house)
    assert states(house) == [MailState.FAILED, MailState.SENT]


def test_who_left_in_between_gets_nothing(house: House, running: Mailroom) -> None:
    owner = house.people["owner"]
    tell(house, owner)
    with house.active():
        member_leave(membership=owner, seen_version=owner.version, by=house.actor("administrator"))
    assert send(house) == (0, False)
    mail = only_mail(house)
    assert (mail.state, mail.reason) == (MailState.DROPPED, DropReason.HAS_LEFT)
    assert running.taken == []


def test_what_was_read_or_turned_off_in_between_is_not_sent(
    house: House, running: Mailroom
) -> None:
    owner, by = house.people["owner"], house.actor("owner")
    tell(house, owner, key="read")
    tell(house, owner, key="off")
    with house.active():
        first, _second = notices(owner)
        notice_read(notice_id=first.public_id, by=by)
        asked = Asked({AT_ONCE: Delivery.OFF}, Hours(None, None, 7))
        notice_wishes_change(asked=asked, seen_version=2, by=by)
    assert send(house) == (0, False)
    with house.active():
        reasons = list(Mail.objects.order_by("id").values_list("reason", flat=True))
    assert reasons == [DropReason.WAS_READ, DropReason.IS_OFF]


def test_texts_are_emptied_after_a_month(house: House, running: Mailroom) -> None:
    tell(house, house.people["owner"])
    tell(house, house.people["pmo"])
    assert mails_send(house.tenant.pk, post=post, most=1).count == 1
    with house.active():
        assert texts_forget(now=timezone.now() + timedelta(days=29)) == 0
        assert texts_forget(now=timezone.now() + timedelta(days=31)) == 1
        sent = Mail.objects.get(state=MailState.SENT)
    assert (sent.text, sent.html) == ("", "")
    assert sent.address
    assert send(house) == (1, False)


def test_mails_wait_for_the_end_of_quiet_hours(house: House, running: Mailroom) -> None:
    now = timezone.now()
    begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=2)).time()
    with house.active():
        asked = Asked({}, Hours(begin.replace(microsecond=0), end.replace(microsecond=0), 7))
        notice_wishes_change(asked=asked, seen_version=2, by=house.actor("owner"))
    tell(house, house.people["owner"])
    assert send(house) == (0, False)
    mail = only_mail(house)
    due: datetime = mail.due_at
    assert (mail.state, mail.tries) == (MailState.WAITING, 0)
    assert timedelta(minutes=118) < due - now <= timedelta(hours=2)
    assert timedelta(minutes=1) < LEASE

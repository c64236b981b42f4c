"""Telling people something: once per person and key, whoever finds it out how often."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from governance.events.services import SecretInEvent
from governance.notifications.choices import Delivery, MailForm, MailState
from governance.notifications.models import Mail, Notification
from governance.notifications.registry import kind_of, kinds, reason, render
from governance.notifications.services import UnknownKind, message_id_of, notify
from governance.people.models import Membership, User
from governance.people.services import membership_end
from tests.governance.notifications.telling import AT_ONCE, DAILY, SILENT, notices, tell
from tests.houses import House, World
from tests.racing import errors_in, race


def test_a_notice_that_does_not_wait_has_a_mail_of_its_own(in_alpha: House) -> None:
    owner, pmo = in_alpha.people["owner"], in_alpha.people["pmo"]
    assert tell(in_alpha, owner, pmo, key="late") == 2
    for person in (owner, pmo):
        [notice] = notices(person)
        assert (notice.kind, notice.key, notice.read_at) == (AT_ONCE, "late", None)
        assert notice.params == {"code": "M-1"}
        mail = notice.mail
        assert mail is not None
        assert (mail.recipient_id, mail.form) == (person.pk, MailForm.NOTICE)
        assert mail.state == MailState.WAITING
        assert mail.message_id == message_id_of(mail.public_id)
    assert Mail.objects.count() == 2


def test_nobody_is_told_the_same_twice(in_alpha: House) -> None:
    owner, pmo = in_alpha.people["owner"], in_alpha.people["pmo"]
    assert tell(in_alpha, owner) == 1
    assert tell(in_alpha, owner, owner, pmo) == 1
    assert tell(in_alpha, owner, key="another") == 1
    assert len(notices(owner)) == 2
    assert Mail.objects.count() == 3


@pytest.mark.parametrize("kind", [DAILY, SILENT])
def test_what_waits_or_goes_by_no_mail_has_none_yet(kind: str, in_alpha: House) -> None:
    assert tell(in_alpha, in_alpha.people["owner"], kind=kind) == 1
    [notice] = notices(in_alpha.people["owner"])
    assert notice.delivery == (Delivery.DIGEST if kind == DAILY else Delivery.OFF)
    assert notice.mail is None
    assert not Mail.objects.exists()


def test_who_has_left_is_passed_over(in_alpha: House) -> None:
    owner, pmo, guest = (in_alpha.people[name] for name in ("owner", "pmo", "guest"))
    membership_end(membership=owner, seen_version=owner.version, by=in_alpha.actor("administrator"))
    yesterday = timezone.now().date() - timedelta(days=1)
    Membership.objects.filter(pk=pmo.pk).update(valid_until=yesterday)
    User.objects.filter(pk=guest.user_id).update(is_active=False)
    assert tell(in_alpha, owner, pmo, guest) == 0
    assert not Notification.objects.exists()


def test_a_stranger_is_passed_over(in_alpha: House, beta: House) -> None:
    assert tell(in_alpha, beta.people["owner"]) == 0


def test_it_goes_with_its_transaction(in_alpha: House) -> None:
    with transaction.atomic():
        tell(in_alpha, in_alpha.people["owner"])
        transaction.set_rollback(True)
    assert notices(in_alpha.people["owner"]) == []
    assert not Mail.objects.exists()


def test_who_caused_it_is_kept(in_alpha: House) -> None:
    by, owner = in_alpha.actor("pmo"), in_alpha.people["owner"]
    notify(kind=AT_ONCE, to=[owner.pk], key="k", params={"day": uuid.UUID(int=1)}, by=by)
    [notice] = notices(owner)
    assert notice.caused_by_id == by.membership_id
    assert notice.params == {"day": str(uuid.UUID(int=1))}


def test_secrets_and_unknown_kinds_are_refused(in_alpha: House) -> None:
    owner = in_alpha.people["owner"]
    with pytest.raises(SecretInEvent):
        tell(in_alpha, owner, api_key="x")
    with pytest.raises(UnknownKind):
        tell(in_alpha, owner, kind="test.nothing")


def test_a_notice_is_told_in_the_readers_language() -> None:
    with override("de"):
        assert render(AT_ONCE, {"code": "M-1"}).title == "Maßnahme M-1"
    assert reason(AT_ONCE, {"code": "M-1"}) == "You get this because you own M-1."


def test_what_cannot_be_told_any_more_breaks_no_inbox() -> None:
    assert render(AT_ONCE, {}).title == AT_ONCE
    assert render("gone", {}).title == "Notice"
    assert reason(AT_ONCE, {}) == reason("gone", {}) == ""


def test_kinds_stand_in_the_order_in_which_people_are_told() -> None:
    groups = [kind.group for kind in kinds()]
    order = list(dict.fromkeys(groups))
    assert groups == [group for group in order for g in groups if g is group]
    assert kind_of(AT_ONCE) in kinds()


@pytest.mark.django_db(transaction=True)
def test_two_who_find_it_out_at_once_tell_it_once(lasting_world: World) -> None:
    house = lasting_world.alpha
    people = [house.people[name] for name in ("owner", "pmo", "sponsor", "executive")]
    by = house.system()

    def tell_all(order: int) -> int:
        with house.active():
            ids = [person.pk for person in people][::order]
            return notify(kind=AT_ONCE, to=ids, key="once", params={"code": "M-1"}, by=by)

    results = race(*[lambda order=order: tell_all(order) for order in (1, -1, 1, -1)])
    assert errors_in(results) == []
    assert sorted(results) == [0, 0, 0, len(people)]
    with house.active():
        assert Mail.objects.count() == len(people)

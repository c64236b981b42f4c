"""Memberships and tokens: who may, what stays behind, and who is told nothing."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.events.models import OutboxEvent
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Role, TokenScope
from governance.people.models import ApiToken, Membership, User
from governance.people.rules import read_token, token_hash
from governance.people.selectors import (
    live_memberships,
    live_token,
    member_by_email,
    membership_by_id,
    membership_of,
    tenants_of,
    tokens_of,
)
from governance.people.services import Person, membership_create, token_create, token_revoke
from governance.permissions.models import NodeGrant
from governance.permissions.services import member_leave
from tests.houses import House, World
from tests.racing import errors_in, race

NEW = Person("New.Person@Firm.example", "  New   Person ")
READ = (TokenScope.READ,)


@pytest.fixture
def admin(in_alpha: House) -> Actor:
    return in_alpha.actor("administrator")


def told(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


# --- adding people ----------------------------------------------------------------------------


def test_a_new_address_gets_a_log_in_without_a_password_and_an_invitation(admin: Actor) -> None:
    before = told("membership.created")
    made = membership_create(person=NEW, by=admin)
    user = User.objects.get(pk=made.user_id)
    assert (user.email, user.name) == ("New.Person@Firm.example", "New Person")
    assert not user.has_usable_password()
    assert told("membership.created") == before + 1
    event = OutboxEvent.objects.get(topic="membership.created", key=str(made.public_id))
    assert event.payload == {"membership": str(made.public_id), "is_new_user": True}


def test_a_known_address_keeps_its_log_in_whatever_its_case(world: World) -> None:
    known = world.beta.people["owner"]
    with world.alpha.active():
        by = world.alpha.actor("administrator")
        made = membership_create(person=Person(known.email.upper(), "Another Name"), by=by)
        assert made.user_id == known.user_id
    assert User.objects.get(pk=known.user_id).name == "Owner"


def test_nobody_is_a_member_twice(in_alpha: House, admin: Actor) -> None:
    person = Person(in_alpha.people["owner"].email.upper(), "x")
    with pytest.raises(Conflict) as caught:
        membership_create(person=person, by=admin)
    assert caught.value.code == "already_a_member"


@pytest.mark.parametrize(
    ("person", "fields"),
    [
        (Person("", ""), {"email", "name"}),
        (Person("no address", "x"), {"email"}),
        (Person("a@b.example\x00", "x"), {"email"}),
        (Person(f"{'a' * 60}@{'b' * 190}.example", "x"), {"email"}),
        (Person("a@b.example", "x" * 201), {"name"}),
        (Person("a@b.example", "x\x07"), {"name"}),
        (Person("a@b.example", "x", firm="y" * 201), {"firm"}),
        (
            Person("a@b.example", "x", valid_until=timezone.now().date() - timedelta(days=2)),
            {"valid_until"},
        ),
    ],
)
def test_what_cannot_be_kept_is_named_by_field(
    admin: Actor, person: Person, fields: set[str]
) -> None:
    people = User.objects.count()
    with pytest.raises(Invalid) as caught:
        membership_create(person=person, by=admin)
    assert set(caught.value.errors) == fields
    assert User.objects.count() == people


@pytest.mark.parametrize("name", [role.value for role in Role if role != Role.ADMINISTRATOR])
def test_only_an_administrator_adds_people(in_alpha: House, name: str) -> None:
    with pytest.raises(Forbidden):
        membership_create(person=NEW, by=in_alpha.actor(name))


def test_added_by_six_at_once_a_person_is_one_member(lasting_world: World) -> None:
    house = lasting_world.alpha
    person = Person(f"race@{house.slug}.example", "x")
    by = house.actor("administrator")

    def add() -> str:
        with house.active():
            return str(membership_create(person=person, by=by).public_id)

    results = race(*[add] * 6)
    assert len([r for r in results if isinstance(r, str)]) == 1
    assert {type(error) for error in errors_in(results)} == {Conflict}
    assert User.objects.filter(email=person.email).count() == 1


# --- leaving ----------------------------------------------------------------------------------


def test_who_leaves_takes_roles_and_tokens_along(in_alpha: House, admin: Actor) -> None:
    owner = in_alpha.people["owner"]
    text = token_create(
        membership=owner, name="t", scopes=READ, days=1, by=in_alpha.actor("owner")
    ).text
    secret = text.split("_", 2)[2]
    assert live_token(secret) is not None
    member_leave(membership=owner, seen_version=1, by=admin)
    assert live_token(secret) is None
    assert membership_of(owner.user_id) is None
    assert not NodeGrant.objects.filter(membership=owner).exists()
    assert in_alpha.tenant not in tenants_of(owner.user_id)


def test_who_comes_back_starts_with_nothing(in_alpha: House, admin: Actor) -> None:
    owner = in_alpha.people["owner"]
    member_leave(membership=owner, seen_version=1, by=admin)
    back = membership_create(person=Person(owner.email, owner.name), by=admin)
    assert back.pk == owner.pk
    assert back.version > owner.version
    assert in_alpha.actor("owner").scope.grants == ()
    assert list(tokens_of(back.pk).filter(revoked_at__isnull=True)) == []


def test_nobody_ends_their_own_membership_or_an_old_version_of_another(
    in_alpha: House, admin: Actor
) -> None:
    with pytest.raises(Forbidden) as caught:
        member_leave(membership=in_alpha.people["administrator"], seen_version=1, by=admin)
    assert caught.value.code == "not_oneself"
    with pytest.raises(Stale):
        member_leave(membership=in_alpha.people["owner"], seen_version=7, by=admin)
    member_leave(membership=in_alpha.people["owner"], seen_version=1, by=admin)
    with pytest.raises(Refused) as ended:
        member_leave(membership=in_alpha.people["owner"], seen_version=2, by=admin)
    assert ended.value.code == "membership_ended"


def test_a_membership_runs_out_with_its_last_day(in_alpha: House) -> None:
    consultant, today = in_alpha.people["consultant"], timezone.now().date()
    for days, is_live in ((0, True), (-1, False), (1, True)):
        rows = Membership.objects.filter(pk=consultant.pk)
        with transaction.atomic():
            rows.update(valid_until=today + timedelta(days=days))
            assert (membership_of(consultant.user_id) is not None) is is_live
            assert (in_alpha.tenant in tenants_of(consultant.user_id)) is is_live
            assert live_memberships().filter(pk=consultant.pk).exists() is is_live
            transaction.set_rollback(True)


def test_one_log_in_leads_to_its_own_tenants_only(world: World) -> None:
    consultant, owner = world.alpha.people["consultant"], world.alpha.people["owner"]
    assert tenants_of(consultant.user_id) == [world.alpha.tenant, world.beta.tenant]
    assert tenants_of(owner.user_id) == [world.alpha.tenant]
    assert tenants_of(-1) == []


# --- finding people ---------------------------------------------------------------------------


@pytest.mark.parametrize("public_id", ["", "x", "'", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_person_is_not_there(in_alpha: House, public_id: str) -> None:
    with pytest.raises(NotVisible):
        membership_by_id(public_id)


def test_a_member_of_another_tenant_is_not_there(world: World) -> None:
    stranger = world.beta.people["owner"]
    with world.alpha.active():
        with pytest.raises(NotVisible):
            membership_by_id(str(stranger.public_id))
        unheard = {"owner": ["x"]}
        for email in (stranger.email, "nobody@nowhere.example"):
            with pytest.raises(Invalid) as caught:
                member_by_email(email, field="owner")
            unheard = {
                k: [str(v).replace(email, "…") for v in vs] for k, vs in caught.value.errors.items()
            }
            assert unheard == {"owner": ["… is not a member of this tenant."]}


# --- tokens -----------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    made = token_create(
        membership=in_alpha.people["owner"], name=" my   token ", scopes=READ, days=3, by=by
    )
    read = read_token(made.text)
    assert read is not None
    assert read.tenant_public_id == in_alpha.tenant.public_id
    row = ApiToken.objects.get(pk=made.token.pk)
    assert (row.name, row.scopes, row.secret_hash) == (
        "my token",
        ["read"],
        token_hash(read.secret),
    )
    event = AuditEvent.objects.filter(action="token.created").get()
    assert read.secret not in event.body
    assert token_hash(read.secret) not in event.body


@pytest.mark.parametrize(
    ("name", "scopes", "days", "field"),
    [
        ("", READ, 1, "name"),
        ("x\x00", READ, 1, "name"),
        ("x" * 101, READ, 1, "name"),
        ("x", (), 1, "scopes"),
        ("x", READ, 0, "days"),
        ("x", READ, -1, "days"),
        ("x", READ, 367, "days"),
        ("x", READ, 10**30, "days"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_by_field(
    in_alpha: House, name: str, scopes: tuple[TokenScope, ...], days: int, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        token_create(
            membership=in_alpha.people["owner"],
            name=name,
            scopes=scopes,
            days=days,
            by=in_alpha.actor("owner"),
        )
    assert list(caught.value.errors) == [field]


def test_tokens_are_personal(in_alpha: House, admin: Actor) -> None:
    with pytest.raises(Forbidden) as caught:
        token_create(membership=in_alpha.people["owner"], name="x", scopes=READ, days=1, by=admin)
    assert caught.value.code == "tokens_are_personal"
    mine = token_create(
        membership=in_alpha.people["owner"],
        name="x",
        scopes=READ,
        days=1,
        by=in_alpha.actor("owner"),
    ).token
    with pytest.raises(NotVisible):
        token_revoke(token_id=str(mine.public_id), by=admin)


def test_a_reading_token_makes_no_token_and_revokes_none(in_alpha: House) -> None:
    """Else whoever holds the weaker key could make the stronger one."""
    by = in_alpha.actor("owner")
    reader = Actor(
        by.tenant_id, by.membership_id, by.name, by.email, scope=by.scope, token_scopes=READ
    )
    owner = in_alpha.people["owner"]
    made = token_create(membership=owner, name="x", scopes=READ, days=1, by=by).token
    for attempt in (
        lambda: token_create(
            membership=owner, name="x", scopes=[TokenScope.WRITE], days=1, by=reader
        ),
        lambda: token_revoke(token_id=str(made.public_id), by=reader),
    ):
        with pytest.raises(Forbidden) as caught:
            attempt()
        assert caught.value.code == "token_read_only"


@pytest.mark.parametrize("fate", ["revoked", "expired", "ended", "run out", "inactive"])
def test_a_token_dies_with_what_it_stands_on(in_alpha: House, fate: str) -> None:
    owner, now = in_alpha.people["owner"], timezone.now()
    made = token_create(membership=owner, name="x", scopes=READ, days=1, by=in_alpha.actor("owner"))
    secret = made.text.split("_", 2)[2]
    assert live_token(secret) is not None
    if fate == "revoked":
        token_revoke(token_id=str(made.token.public_id), by=in_alpha.actor("owner"))
    elif fate == "expired":
        ApiToken.objects.filter(pk=made.token.pk).update(expires_at=now)
    elif fate == "ended":
        Membership.objects.filter(pk=owner.pk).update(ended_at=now)
    elif fate == "run out":
        Membership.objects.filter(pk=owner.pk).update(valid_until=now.date() - timedelta(days=1))
    else:
        User.objects.filter(pk=owner.user_id).update(is_active=False)
    assert live_token(secret) is None


def test_a_token_is_unknown_in_every_other_tenant(world: World) -> None:
    alpha, beta = world.houses
    with alpha.active():
        made = token_create(
            membership=alpha.people["consultant"],
            name="x",
            scopes=READ,
            days=1,
            by=alpha.actor("consultant"),
        )
    with beta.active():
        assert live_token(made.text.split("_", 2)[2]) is None


def test_a_consultant_is_marked_as_one(in_alpha: House) -> None:
    assert in_alpha.people["consultant"].kind == MembershipKind.CONSULTANT
    assert in_alpha.actor("consultant").is_consultant

"""The pages of people: the list, adding, changing terms, and ending memberships."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.events.models import OutboxEvent
from governance.masterdata.models import ForumMember
from governance.masterdata.selectors import seats_held_by
from governance.people.choices import MembershipKind, Role
from governance.people.models import Membership
from governance.people.services import Person, membership_create, membership_end
from governance.permissions.services import role_grant
from tests.governance.people_reading import actions_of, fresh, page_of, roles_held, text_of
from tests.houses import House


@pytest.fixture
def admin(alpha: House) -> Client:
    return alpha.client("administrator")


# --- the list ---------------------------------------------------------------------------------


def test_the_list_shows_people_with_their_roles(alpha: House, admin: Client) -> None:
    text = text_of(admin.get(alpha.page("people/")))
    for name in ("Controller", "Pmo", "Guest"):
        assert name in text
    assert f"{Role.PMO.label} · {alpha.other_program.code}" in text
    assert "no role" in text


def test_a_consultant_wears_a_badge_with_firm_and_end_date(alpha: House, admin: Client) -> None:
    end = timezone.now().date() + timedelta(days=40)
    with alpha.active():
        person = Person("eva@brook.example", "Eva", MembershipKind.CONSULTANT, "Brook & Co", end)
        membership_create(person=person, by=alpha.system(Role.ADMINISTRATOR))
    text = text_of(admin.get(alpha.page("people/"), {"kind": "consultant", "q": "brook"}))
    assert "Consultant · Brook &amp; Co" in text
    assert f"until {end.day} " in text


def test_the_list_is_narrowed_by_text_role_kind_and_state(alpha: House, admin: Client) -> None:
    def found(**query: str) -> str:
        return text_of(
            admin.get(alpha.page("people/"), query, headers={"HX-Target": "people-list"})
        )

    assert "controller@alpha.example" in found(q="CONTROLLER@")
    assert "pmo@alpha.example" not in found(q="controller@")
    with_role = found(role="pmo")
    assert "pmo@alpha.example" in with_role
    assert "narrow@alpha.example" in with_role
    assert "auditor@alpha.example" not in with_role
    assert "pmo@alpha.example" not in found(kind="consultant")
    assert "Nobody matches" in found(state="former")


def test_a_filter_nobody_could_have_chosen_is_refused(alpha: House, admin: Client) -> None:
    assert admin.get(alpha.page("people/"), {"role": "emperor"}).status_code == 400


def test_htmx_gets_the_list_alone_and_others_the_page(alpha: House, admin: Client) -> None:
    whole = admin.get(alpha.page("people/"))
    part = admin.get(
        alpha.page("people/"), headers={"HX-Request": "true", "HX-Target": "people-list"}
    )
    assert "<html" in text_of(whole)
    assert "<html" not in text_of(part)
    assert text_of(part).strip().startswith('<div id="people-list">')
    assert "HX-Target" in part["Vary"]


def test_people_sort_by_folded_name(alpha: House, admin: Client) -> None:
    with alpha.active():
        for name in ("Zoe Sort", "Ärne Sort", "anton Sort"):
            person = Person(f"{uuid.uuid4().hex}@alpha.example", name)
            membership_create(person=person, by=alpha.system(Role.ADMINISTRATOR))
    text = text_of(admin.get(alpha.page("people/"), {"q": "sort"}))
    places = [text.index(name) for name in ("anton Sort", "Ärne Sort", "Zoe Sort")]
    assert places == sorted(places)


def test_who_may_not_see_people_is_refused(alpha: House) -> None:
    assert alpha.client("executive").get(alpha.page("people/")).status_code == 403


def test_an_auditor_sees_people_and_cannot_change_them(alpha: House) -> None:
    auditor = alpha.client("auditor")
    text = text_of(auditor.get(alpha.page("people/")))
    assert "needs the role Administrator" in text
    assert alpha.page("people/new/") not in text
    for path in ("people/new/", f"people/{alpha.people['guest'].public_id}/end/"):
        assert auditor.post(alpha.page(path), {}).status_code == 403


def test_a_stranger_finds_nobody(alpha: House, beta: House) -> None:
    theirs = alpha.page(f"people/{alpha.people['pmo'].public_id}/")
    assert beta.client("administrator").get(theirs).status_code == 404
    ours = beta.page(f"people/{alpha.people['pmo'].public_id}/")
    assert beta.client("administrator").get(ours).status_code == 404


def test_a_narrow_pmo_sees_only_roles_that_reach_his_part(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        role_grant(membership=alpha.people["guest"], role=Role.OWNER, node=alpha.project, by=by)
    text = text_of(alpha.client("narrow").get(alpha.page("people/")))
    assert "guest@alpha.example" in text
    assert alpha.project.code not in text


# --- adding -----------------------------------------------------------------------------------


def test_adding_a_person_invites_somebody_new(alpha: House, admin: Client) -> None:
    data = {"name": "Nora Neu", "email": "nora@new.example", "kind": "internal", "firm": ""}
    answer = admin.post(alpha.page("people/new/"), data)
    assert answer.status_code == 302
    with alpha.active():
        member = Membership.objects.select_related("user").get(user__email="nora@new.example")
        invitation = OutboxEvent.objects.get(topic="membership.created", key=member.public_id)
    assert answer["Location"] == alpha.page(f"people/{member.public_id}/")
    assert member.name == "Nora Neu"
    assert not member.user.has_usable_password()
    assert invitation.payload["is_new_user"] is True


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"email": "nobody"}, "email", "complete e-mail address"),
        ({"email": f"{'x' * 250}@new.example"}, "email", "at most 254"),
        ({"name": ""}, "name", "required"),
        ({"name": "a\x07b"}, "name", "control characters"),
        ({"kind": "emperor"}, "kind", "valid choice"),
        ({"kind": "consultant"}, "firm", "Name the firm"),
        ({"valid_until": "2001-01-01"}, "valid_until", "has passed"),
        ({"valid_until": "tomorrow"}, "valid_until", "valid date"),
    ],
)
def test_what_is_wrong_with_a_person_stands_at_its_field(
    alpha: House, admin: Client, given: dict[str, str], field: str, words: str
) -> None:
    data = {"name": "Nora", "email": "nora@new.example", "kind": "internal", "firm": ""} | given
    answer = admin.post(alpha.page("people/new/"), data)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert words.lower() in str(errors[field]).lower()
    with alpha.active():
        assert not Membership.objects.filter(user__email="nora@new.example").exists()


def test_adding_somebody_twice_is_told_in_the_form(alpha: House, admin: Client) -> None:
    data = {"name": "P", "email": "PMO@alpha.example", "kind": "internal"}
    answer = admin.post(alpha.page("people/new/"), data)
    assert answer.status_code == 422
    assert "member of the tenant already" in text_of(answer)


# --- terms and endings ------------------------------------------------------------------------


def test_the_terms_of_a_membership_are_changed(alpha: House, admin: Client) -> None:
    end = timezone.now().date() + timedelta(days=5)
    data = {"kind": "internal", "firm": "", "valid_until": end.isoformat(), "seen_version": 1}
    assert admin.post(page_of(alpha, "guest") + "edit/", data).status_code == 302
    member = fresh(alpha, "guest")
    assert (member.valid_until, member.version) == (end, 2)
    assert actions_of(alpha, "guest")[-1] == "membership.changed"


def test_a_second_editor_is_told_that_somebody_was_quicker(alpha: House, admin: Client) -> None:
    url = page_of(alpha, "guest") + "edit/"
    data = {"kind": "internal", "firm": "First", "seen_version": 1}
    assert admin.post(url, data).status_code == 302
    assert admin.post(url, data | {"firm": "Second"}).status_code == 409
    assert fresh(alpha, "guest").firm == "First"


def test_ending_a_membership_takes_roles_seats_and_tokens(alpha: House, admin: Client) -> None:
    member = alpha.people["forum_member"]
    caller = alpha.caller("forum_member")
    url = page_of(alpha, "forum_member") + "end/"
    assert "End the membership of Forum Member?" in text_of(admin.get(url))
    answer = admin.post(url, {"seen_version": fresh(alpha, "forum_member").version})
    assert answer.status_code == 302
    with alpha.active():
        assert not seats_held_by(member).exists()
        assert ForumMember.objects.filter(forum=alpha.forum).count() == 0
    assert roles_held(alpha, "forum_member") == set()
    assert caller.get("people/").status_code == 401
    assert alpha.client("forum_member").get(alpha.page("people/me/")).status_code == 404
    assert actions_of(alpha, "forum_member")[-2:] == ["membership.ended", "role.revoked"]
    former = admin.get(alpha.page("people/"), {"state": "former"})
    assert "forum_member@alpha.example" in text_of(former)


def test_whoever_comes_back_starts_without_roles(alpha: House, admin: Client) -> None:
    member = fresh(alpha, "pmo")
    admin.post(page_of(alpha, "pmo") + "end/", {"seen_version": member.version})
    data = {"name": "Pmo", "email": "pmo@alpha.example", "kind": "internal"}
    answer = admin.post(alpha.page("people/new/"), data)
    assert answer["Location"] == page_of(alpha, "pmo")
    assert fresh(alpha, "pmo").is_live
    assert roles_held(alpha, "pmo") == set()


def test_nobody_ends_his_own_membership(alpha: House, admin: Client) -> None:
    own = page_of(alpha, "administrator")
    version = fresh(alpha, "administrator").version
    assert admin.post(own + "end/", {"seen_version": version}).status_code == 403
    assert "You cannot end your own membership." in text_of(admin.get(own))
    assert fresh(alpha, "administrator").is_live


def test_an_ending_without_the_version_that_was_seen_is_refused(
    alpha: House, admin: Client
) -> None:
    url = page_of(alpha, "guest") + "end/"
    assert admin.post(url, {}).status_code == 400
    assert admin.post(url, {"seen_version": "10" * 30}).status_code == 400
    assert admin.post(url, {"seen_version": 99}).status_code == 409
    assert fresh(alpha, "guest").is_live


def test_a_former_member_has_no_actions(alpha: House, admin: Client) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        membership_end(membership=fresh(alpha, "guest"), seen_version=1, by=by)
    text = text_of(admin.get(page_of(alpha, "guest")))
    assert "Not a member any more" in text
    assert page_of(alpha, "guest") + "end/" not in text
    data = {"role": "owner", "node": alpha.slug}
    assert admin.post(page_of(alpha, "guest") + "grants/", data).status_code == 422

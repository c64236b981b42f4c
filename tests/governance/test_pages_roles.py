"""Roles on the page of a person: granting, revoking, and who can see what."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from governance.people.choices import MembershipKind, Role
from governance.people.models import Membership
from governance.people.services import membership_end
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_grant
from tests.governance.people_reading import actions_of, fresh, page_of, roles_held, text_of
from tests.houses import House


@pytest.fixture
def admin(alpha: House) -> Client:
    return alpha.client("administrator")


# --- roles ------------------------------------------------------------------------------------


def test_a_role_is_granted_from_the_page_of_a_person(alpha: House, admin: Client) -> None:
    until = (timezone.now().date() + timedelta(days=10)).isoformat()
    data = {"role": "executive", "node": alpha.program.code.lower(), "valid_until": until}
    answer = admin.post(page_of(alpha, "guest") + "grants/", data)
    assert answer.status_code == 302
    assert roles_held(alpha, "guest") == {("executive", alpha.program.code)}
    assert actions_of(alpha, "guest")[-1] == "role.granted"
    shown = text_of(admin.get(page_of(alpha, "guest")))
    assert "granted Guest the role Executive" in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"node": "PG-999"}, "no place with the code PG-999"),
        ({"node": ""}, "required"),
        ({"role": "emperor"}, "valid choice"),
        ({"valid_until": "2001-01-01"}, "has passed"),
        ({"node": "PG\x00"}, "control characters"),
    ],
)
def test_a_grant_that_cannot_be_is_told_in_the_form(
    alpha: House, admin: Client, given: dict[str, str], words: str
) -> None:
    data = {"role": "sponsor", "node": alpha.program.code} | given
    answer = admin.post(page_of(alpha, "guest") + "grants/", data)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert roles_held(alpha, "guest") == set()


def test_nobody_grants_to_himself(alpha: House, admin: Client) -> None:
    own = page_of(alpha, "administrator")
    text = text_of(admin.get(own))
    assert "Nobody grants or revokes a role for themselves (S6)." in text
    assert "grants/" not in text
    data = {"role": "pmo", "node": alpha.slug}
    answer = admin.post(own + "grants/", data)
    assert answer.status_code == 422
    assert roles_held(alpha, "administrator") == {("administrator", alpha.slug)}


def test_a_consultant_is_not_given_a_deciding_role(alpha: House, admin: Client) -> None:
    data = {"role": "controller", "node": alpha.slug}
    answer = admin.post(page_of(alpha, "consultant") + "grants/", data)
    assert answer.status_code == 422
    assert "(S7)" in text_of(answer)
    assert roles_held(alpha, "consultant") == {("consultant", alpha.slug)}


def test_somebody_with_a_deciding_role_does_not_become_a_consultant(
    alpha: House, admin: Client
) -> None:
    member = fresh(alpha, "controller")
    data = {"kind": "consultant", "firm": "Brook", "seen_version": member.version}
    answer = admin.post(page_of(alpha, "controller") + "edit/", data)
    assert answer.status_code == 422
    assert "(S7)" in text_of(answer)
    assert fresh(alpha, "controller").kind == MembershipKind.INTERNAL


def test_a_role_is_revoked_after_a_question(alpha: House, admin: Client) -> None:
    with alpha.active():
        grant = NodeGrant.objects.get(membership=alpha.people["sponsor"])
    url = page_of(alpha, "sponsor") + f"grants/{grant.public_id}/revoke/"
    assert "Revoke the role Sponsor" in text_of(admin.get(url))
    assert roles_held(alpha, "sponsor")
    assert admin.post(url).status_code == 302
    assert roles_held(alpha, "sponsor") == set()
    assert actions_of(alpha, "sponsor")[-1] == "role.revoked"
    assert admin.post(url).status_code == 404


def test_a_grant_is_not_found_at_another_person(alpha: House, admin: Client) -> None:
    with alpha.active():
        grant = NodeGrant.objects.get(membership=alpha.people["sponsor"])
    url = page_of(alpha, "guest") + f"grants/{grant.public_id}/revoke/"
    assert admin.post(url).status_code == 404
    assert roles_held(alpha, "sponsor")


def test_a_local_administrator_grants_below_his_place_only(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        role_grant(
            membership=alpha.people["guest"], role=Role.ADMINISTRATOR, node=alpha.program, by=by
        )
    local = alpha.client("guest")
    owner = page_of(alpha, "owner")
    text = text_of(local.get(owner))
    assert "granted above the part of the tree that you administer" in text
    above = local.post(owner + "grants/", {"role": "owner", "node": alpha.portfolio.code})
    assert above.status_code == 422
    inside = local.post(owner + "grants/", {"role": "owner", "node": alpha.project.code})
    assert inside.status_code == 302


def test_places_are_suggested_while_typing(alpha: House, admin: Client) -> None:
    text = text_of(admin.get(alpha.page("people/nodes/"), {"node": "second"}))
    assert alpha.other_program.code in text
    assert alpha.portfolio.code not in text
    assert alpha.client("auditor").get(alpha.page("people/nodes/")).status_code == 403


def test_odd_input_suggests_everything(alpha: House, admin: Client) -> None:
    for odd in ("", "\x00", "x" * 500):
        answer = admin.get(alpha.page("people/nodes/"), {"node": odd})
        assert answer.status_code == 200
        assert alpha.portfolio.code in text_of(answer)


# --- oneself, and who sees what ---------------------------------------------------------------


def test_everybody_may_see_his_own_roles(alpha: House) -> None:
    own = alpha.client("executive")
    answer = own.get(alpha.page("people/me/"), follow=True)
    assert answer.status_code == 200
    assert "Executive" in text_of(answer)
    assert own.get(page_of(alpha, "pmo")).status_code == 403


def test_a_place_tells_who_can_see_it_and_why(alpha: House, admin: Client) -> None:
    text = text_of(admin.get(alpha.page("people/access/"), {"node": alpha.other_program.code}))
    assert page_of(alpha, "narrow") in text
    assert page_of(alpha, "auditor") in text
    elsewhere = text_of(admin.get(alpha.page("people/access/"), {"node": alpha.program.code}))
    assert page_of(alpha, "narrow") not in elsewhere


def test_a_place_out_of_sight_does_not_exist(alpha: House) -> None:
    narrow = alpha.client("narrow")
    answer = narrow.get(alpha.page("people/access/"), {"node": alpha.project.code})
    assert answer.status_code == 422
    assert "There is no place" in text_of(answer)
    assert alpha.client("owner").get(alpha.page("people/access/")).status_code == 403


def test_the_choice_of_tenants_lists_those_one_belongs_to(
    alpha: House, beta: House, client_for: Callable[[Membership], Client]
) -> None:
    text = text_of(alpha.client("consultant").get("/"))
    assert f'href="/t/{alpha.slug}/"' in text
    assert f'href="/t/{beta.slug}/"' in text
    only = alpha.client("pmo").get("/")
    assert only["Location"] == f"/t/{alpha.slug}/"


def test_somebody_without_a_tenant_is_told_what_to_do(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        membership_end(membership=fresh(alpha, "guest"), seen_version=1, by=by)
    answer = alpha.client("guest").get("/")
    assert answer.status_code == 200
    assert "Ask an administrator" in text_of(answer)

"""People and their roles through the API."""

import uuid
from typing import Any

import pytest

from governance.audit.models import AuditEvent
from governance.people.choices import Role, TokenScope
from governance.people.models import Membership
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import grants_of
from governance.permissions.services import role_grant
from tests.houses import ApiCaller, House

FIELDS = [
    "id",
    "email",
    "name",
    "kind",
    "firm",
    "valid_until",
    "ended_at",
    "is_live",
    "roles",
    "version",
    "created_at",
    "updated_at",
]
NEW = {"email": "nora@new.example", "name": "Nora Neu"}


@pytest.fixture
def admin(alpha: House) -> ApiCaller:
    return alpha.caller("administrator")


def one(house: House, name: str) -> str:
    return f"people/{house.people[name].public_id}/"


def codes(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def roles_held(house: House, name: str) -> set[tuple[str, str]]:
    with house.active():
        return {(g.role.value, g.node.code) for g in grants_of(house.people[name])}


# --- list and detail --------------------------------------------------------------------------


def test_the_list_shows_people_with_their_roles(alpha: House, admin: ApiCaller) -> None:
    body = admin.get("people/").json()
    by_email = {row["email"]: row for row in body["results"]}
    assert list(body["results"][0]) == FIELDS
    assert by_email["narrow@alpha.example"]["roles"] == [
        {"role": "pmo", "node": alpha.other_program.code, "valid_until": None}
    ]
    assert by_email["guest@alpha.example"]["roles"] == []
    assert by_email["consultant@firm.example"]["kind"] == "consultant"
    assert body["next"] is None


def test_the_list_is_paged_by_name(alpha: House, admin: ApiCaller) -> None:
    names, answer = [], admin.get("people/", {"limit": 4})
    while True:
        body = answer.json()
        names += [row["name"] for row in body["results"]]
        if body["next"] is None:
            break
        answer = admin.client.get(body["next"])
    assert names == sorted(names, key=str.casefold)
    assert len(names) == len(alpha.people)


def test_the_list_is_narrowed(alpha: House, admin: ApiCaller) -> None:
    def found(**query: str) -> set[str]:
        return {row["email"] for row in admin.get("people/", query).json()["results"]}

    assert found(q="controller@") == {"controller@alpha.example"}
    assert found(role="pmo") == {"pmo@alpha.example", "narrow@alpha.example"}
    assert found(kind="consultant") == {"consultant@firm.example"}
    assert found(state="former") == set()


@pytest.mark.parametrize(
    "query",
    [{"role": "emperor"}, {"colour": "red"}, {"limit": "0"}, {"state": "x"}, {"cursor": "x"}],
)
def test_an_unknown_filter_is_refused(admin: ApiCaller, query: dict[str, str]) -> None:
    assert admin.get("people/", query).status_code == 400


def test_who_may_not_see_people_is_refused_but_sees_himself(alpha: House) -> None:
    executive = alpha.caller("executive")
    assert codes(executive.get("people/")) == (403, "forbidden")
    assert codes(executive.get(one(alpha, "pmo"))) == (403, "forbidden")
    assert executive.get(one(alpha, "executive")).json()["roles"] == [
        {"role": "executive", "node": alpha.slug, "valid_until": None}
    ]


def test_strangers_are_not_found(alpha: House, beta: House) -> None:
    theirs = beta.caller("administrator")
    assert theirs.client.get(alpha.api("people/")).status_code == 404
    assert theirs.get(one(alpha, "pmo")).status_code == 404
    assert theirs.get(f"people/{uuid.uuid4()}/").status_code == 404
    assert theirs.get("people/1/").status_code == 404


# --- adding -----------------------------------------------------------------------------------


def test_a_person_is_added(alpha: House, admin: ApiCaller) -> None:
    answer = admin.post("people/", NEW)
    body = answer.json()
    assert answer.status_code == 201, body
    assert body["kind"] == "internal"
    assert body["is_live"] is True
    assert answer["ETag"] == '"1"'
    assert answer["Location"].endswith(alpha.api(f"people/{body['id']}/"))
    assert admin.get(f"people/{body['id']}/").json() == body


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"name": " "}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": "emperor"}, "kind"),
        ({"kind": "consultant"}, "firm"),
        ({"valid_until": "2001-01-01"}, "valid_until"),
        ({"valid_until": "2026-02-30"}, "valid_until"),
        ({"ended_at": None}, "ended_at"),
        ({"roles": []}, "roles"),
    ],
)
def test_what_is_wrong_with_a_person_is_named_by_field(
    admin: ApiCaller, given: dict[str, Any], field: str
) -> None:
    answer = admin.post("people/", NEW | given)
    assert codes(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == [field]


def test_adding_somebody_twice_is_a_conflict(admin: ApiCaller) -> None:
    assert admin.post("people/", NEW).status_code == 201
    assert codes(admin.post("people/", NEW)) == (409, "already_a_member")


def test_the_same_key_adds_a_person_once(alpha: House, admin: ApiCaller) -> None:
    key = {"Idempotency-Key": "add-nora"}
    first, second = admin.post("people/", NEW, **key), admin.post("people/", NEW, **key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second["Location"] == first["Location"]
    with alpha.active():
        assert Membership.objects.filter(user__email="nora@new.example").count() == 1
    other = admin.post("people/", NEW | {"name": "Nora Alt"}, **key)
    assert codes(other) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("name", ["pmo", "auditor", "executive"])
def test_only_administrators_add_people(alpha: House, name: str) -> None:
    assert codes(alpha.caller(name).post("people/", NEW)) == (403, "forbidden")


def test_a_token_that_may_only_read_adds_nobody(alpha: House) -> None:
    reader = alpha.caller("administrator", scopes=(TokenScope.READ,))
    assert codes(reader.post("people/", NEW)) == (403, "token_read_only")


# --- terms and endings ------------------------------------------------------------------------


def test_the_terms_are_changed_with_the_version_that_was_seen(
    alpha: House, admin: ApiCaller
) -> None:
    url = one(alpha, "guest")
    etag = admin.get(url)["ETag"]
    answer = admin.patch(url, {"valid_until": "2999-12-31"}, **{"If-Match": etag})
    assert answer.status_code == 200
    assert (answer.json()["valid_until"], answer["ETag"]) == ("2999-12-31", '"2"')
    assert codes(admin.patch(url, {"firm": "X"}, **{"If-Match": etag})) == (412, "stale")
    assert codes(admin.patch(url, {"firm": "X"})) == (428, "precondition_required")
    emptied = admin.patch(url, {"valid_until": None}, **{"If-Match": '"2"'})
    assert emptied.json()["valid_until"] is None


def test_name_and_address_cannot_be_changed_here(alpha: House, admin: ApiCaller) -> None:
    answer = admin.patch(one(alpha, "guest"), {"name": "X"}, **{"If-Match": '"1"'})
    assert codes(answer) == (400, "invalid")
    assert list(answer.json()["errors"]) == ["name"]


def test_a_membership_is_ended(alpha: House, admin: ApiCaller) -> None:
    url = one(alpha, "sponsor")
    assert admin.delete(url, **{"If-Match": '"1"'}).status_code == 204
    body = admin.get(url).json()
    assert body["is_live"] is False
    assert body["roles"] == []
    assert roles_held(alpha, "sponsor") == set()
    again = admin.delete(url, **{"If-Match": f'"{body["version"]}"'})
    assert codes(again) == (422, "membership_ended")


def test_nobody_ends_his_own_membership(alpha: House, admin: ApiCaller) -> None:
    answer = admin.delete(one(alpha, "administrator"), **{"If-Match": '"1"'})
    assert codes(answer) == (403, "not_oneself")


# --- grants -----------------------------------------------------------------------------------


def test_a_role_is_granted_listed_and_revoked(alpha: House, admin: ApiCaller) -> None:
    url = one(alpha, "guest") + "grants/"
    answer = admin.post(url, {"role": "executive", "node": alpha.program.code})
    body = answer.json()
    assert answer.status_code == 201, body
    assert body["granted_by"] == {"email": "administrator@alpha.example", "name": "Administrator"}
    assert admin.get(url).json()["results"] == [body]
    assert roles_held(alpha, "guest") == {("executive", alpha.program.code)}
    assert admin.delete(f"{url}{body['id']}/").status_code == 204
    assert admin.get(url).json()["results"] == []
    assert admin.delete(f"{url}{body['id']}/").status_code == 404


def test_granting_again_moves_the_end_date_of_the_same_grant(
    alpha: House, admin: ApiCaller
) -> None:
    url = one(alpha, "guest") + "grants/"
    grant = {"role": "executive", "node": alpha.slug}
    first = admin.post(url, grant | {"valid_until": "2999-01-01"}).json()
    second = admin.post(url, grant | {"valid_until": "2999-06-30"}).json()
    assert (second["id"], second["valid_until"]) == (first["id"], "2999-06-30")
    with alpha.active():
        last = AuditEvent.objects.filter(action="role.granted").latest("id")
    assert '"valid_until":["2999-01-01","2999-06-30"]' in last.body


def test_granting_the_same_thing_twice_writes_nothing_twice(alpha: House, admin: ApiCaller) -> None:
    url, grant = one(alpha, "guest") + "grants/", {"role": "executive", "node": alpha.slug}
    first = admin.post(url, grant).json()
    assert admin.post(url, grant).json() == first
    with alpha.active():
        events = AuditEvent.objects.filter(
            action="role.granted", subject_key=str(alpha.people["guest"].public_id)
        )
        assert events.count() == 1


@pytest.mark.parametrize(
    ("given", "status", "field_or_code"),
    [
        ({"node": "PG-999"}, 400, "node"),
        ({"node": "a\x00"}, 400, "node"),
        ({"role": "emperor"}, 400, "role"),
        ({"valid_until": "2001-01-01"}, 400, "valid_until"),
        ({"granted_by": "me"}, 400, "granted_by"),
    ],
)
def test_a_grant_that_cannot_be_is_named_by_field(
    alpha: House, admin: ApiCaller, given: dict[str, str], status: int, field_or_code: str
) -> None:
    grant = {"role": "executive", "node": alpha.slug} | given
    answer = admin.post(one(alpha, "guest") + "grants/", grant)
    assert answer.status_code == status
    assert list(answer.json()["errors"]) == [field_or_code]
    assert roles_held(alpha, "guest") == set()


def test_nobody_grants_or_revokes_for_himself(alpha: House, admin: ApiCaller) -> None:
    url = one(alpha, "administrator") + "grants/"
    answer = admin.post(url, {"role": "pmo", "node": alpha.slug})
    assert codes(answer) == (422, "grant_to_oneself")
    own = admin.get(url).json()["results"][0]["id"]
    assert codes(admin.delete(f"{url}{own}/")) == (422, "grant_to_oneself")
    assert roles_held(alpha, "administrator") == {("administrator", alpha.slug)}


def test_a_consultant_is_not_given_a_deciding_role(alpha: House, admin: ApiCaller) -> None:
    for role in ("sponsor", "controller", "second_finance", "head_of_controlling"):
        grant = {"role": role, "node": alpha.program.code}
        answer = admin.post(one(alpha, "consultant") + "grants/", grant)
        assert codes(answer) == (422, "consultant_never_decides")


def test_a_grant_of_another_person_or_tenant_is_not_found(
    alpha: House, beta: House, admin: ApiCaller
) -> None:
    with alpha.active():
        grant = NodeGrant.objects.get(membership=alpha.people["sponsor"])
    elsewhere = one(alpha, "guest") + f"grants/{grant.public_id}/"
    assert admin.delete(elsewhere).status_code == 404
    stranger = beta.caller("administrator")
    assert stranger.delete(one(alpha, "sponsor") + f"grants/{grant.public_id}/").status_code == 404
    foreign = {"role": "executive", "node": alpha.slug}
    answer = stranger.post(one(beta, "guest") + "grants/", foreign)
    assert codes(answer) == (400, "invalid")
    assert roles_held(alpha, "sponsor")


def test_a_local_administrator_revokes_nothing_above_him(alpha: House) -> None:
    with alpha.active():
        by, guest = alpha.system(Role.ADMINISTRATOR), alpha.people["guest"]
        role_grant(membership=guest, role=Role.ADMINISTRATOR, node=alpha.program, by=by)
        grant = NodeGrant.objects.get(membership=alpha.people["sponsor"])
    local = alpha.caller("guest")
    answer = local.delete(one(alpha, "sponsor") + f"grants/{grant.public_id}/")
    assert answer.status_code == 404
    assert roles_held(alpha, "sponsor")
    below = {"role": "owner", "node": alpha.package.code}
    assert local.post(one(alpha, "sponsor") + "grants/", below).status_code == 201


@pytest.mark.parametrize("name", ["pmo", "auditor", "executive"])
def test_only_administrators_grant(alpha: House, name: str) -> None:
    grant = {"role": "owner", "node": alpha.slug}
    answer = alpha.caller(name).post(one(alpha, "guest") + "grants/", grant)
    assert codes(answer) == (403, "forbidden")

"""The access explainer agrees with what the product does, on pages and in the API."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from governance.pages import access
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.selectors import membership_of
from governance.people.services import membership_end
from governance.permissions.models import NodeGrant
from governance.permissions.places import place_of
from governance.permissions.selectors import actor_for
from governance.permissions.selectors_access import (
    Audience,
    audience_of,
    audience_rows,
    explained,
    holding_of,
)
from governance.permissions.services import member_leave, role_grant
from governance.tree.models import Node
from tests.governance.people_reading import fresh, page_of, text_of
from tests.houses import House
from tests.initiatives.making import make_measure


@pytest.fixture
def tangled(alpha: House) -> House:
    """Nested, expired, ended and consultant grants, log-ins switched off, terms run out."""
    today = timezone.now().date()
    past = today - timedelta(days=1)
    people = alpha.people
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        given = [
            ("guest", Role.OWNER, alpha.project, None),
            ("guest", Role.EXECUTIVE, alpha.package, today),
            ("narrow", Role.AUDITOR, alpha.package, today + timedelta(days=9)),
            ("consultant", Role.CONSULTANT, alpha.program, today),
            ("sponsor", Role.SPONSOR, alpha.portfolio, None),
            ("owner", Role.OWNER, alpha.package, None),
        ]
        for name, role, node, until in given:
            role_grant(membership=people[name], role=role, node=node, by=by, valid_until=until)
        roots = NodeGrant.objects.filter(content_object=alpha.root)
        for name in ("consultant", "owner", "pmo"):
            roots.filter(membership=people[name]).update(valid_until=past)
        membership_end(membership=fresh(alpha, "sponsor"), seen_version=1, by=by)
        member_leave(membership=fresh(alpha, "second_finance"), seen_version=1, by=by)
        Membership.objects.filter(pk=people["forum_member"].pk).update(valid_until=past)
        user = people["head_of_controlling"].user
        user.is_active = False
        user.save()
    return alpha


def _really_sees(member: Membership, node: Node) -> bool:
    """What the product does: nobody without a live membership, else the scope decides."""
    live = membership_of(member.user_id)
    return live is not None and actor_for(live, via="page").may(Permission.TREE_VIEW, node.path)


def _audience(node: Node) -> Audience:
    """Everybody, as the pages order them: nobody who sees it comes after one who does not."""
    place = place_of(node)
    rows = list(audience_rows(place).order_by("rank_name", "id"))
    found = audience_of(place, rows)
    assert [one.member for one in (*found.sees, *found.no_longer)] == rows
    return found


def test_the_verdict_is_what_the_product_does_for_every_person_and_place(tangled: House) -> None:
    with tangled.active():
        by = tangled.system(*Role)
        nodes = list(Node.objects.all())
        members = list(Membership.objects.select_related("user"))
        really = {(m.pk, n.pk): _really_sees(m, n) for m in members for n in nodes}
        told = {
            (m.pk, n.pk): explained(m, place_of(n), by=by).reached.verdict.sees
            for m in members
            for n in nodes
        }
        listed = {(one.member.pk, node.pk) for node in nodes for one in _audience(node).sees}
        held = {
            (m.pk, n.pk)
            for m in members
            for n in nodes
            if any(n.path.startswith(g.path) for g in holding_of(m, by=by).live)
        }
    assert told == really
    seen = {pair for pair, sees in really.items() if sees}
    assert listed == seen
    assert held == seen
    assert 0 < len(seen) < len(really)


def test_the_rights_are_what_the_product_lets_do(tangled: House) -> None:
    """Rights of the whole tenant count where the product asks for them anywhere."""
    with tangled.active():
        by = tangled.system(*Role)
        for member in Membership.objects.select_related("user"):
            if membership_of(member.user_id) is None:
                continue
            actor = actor_for(member, via="page")
            for node in Node.objects.all():
                rights = explained(member, place_of(node), by=by).reached.rights
                told = {right.permission for right in rights}
                assert told <= {p for p in Permission if actor.may(p, node.path)}
                assert all(actor.may_anywhere(permission) for permission in told)


# --- pages ------------------------------------------------------------------------------------


def _ask(house: House, who: str, **asked: str) -> Any:
    return house.client(who).get(house.page("people/access/"), asked)


def _email(house: House, who: str) -> str:
    return house.people[who].email


def test_a_person_at_a_measure_is_explained_in_a_sentence(tangled: House) -> None:
    measure = make_measure(tangled)
    asked = {"node": measure.code.lower(), "person": _email(tangled, "guest").upper()}
    text = text_of(_ask(tangled, "administrator", **asked))
    assert f"Guest sees {measure.code} because of the role Measure owner on First project" in text
    assert "Granted by Tollgate on" in text
    assert "Plan the values of measures one owns" in text


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("sponsor", "The membership ended on"),
        ("second_finance", "No role is granted to Second Finance"),
        ("forum_member", "The membership ran out on"),
        ("head_of_controlling", "The log-in of this person is switched off."),
        ("pmo", "ran out on"),
        ("guest", "stands below it and shows only that part"),
        ("narrow", "stands below it and shows only that part"),
    ],
)
def test_what_keeps_somebody_out_is_said(tangled: House, who: str, words: str) -> None:
    asked = {"node": tangled.portfolio.code, "person": _email(tangled, who)}
    text = text_of(_ask(tangled, "administrator", **asked))
    assert f"does not see {tangled.portfolio.code}" in text
    assert words in text


def test_a_grant_beside_the_place_is_named(alpha: House) -> None:
    asked = {"node": alpha.program.code, "person": _email(alpha, "narrow")}
    assert "stands beside it" in text_of(_ask(alpha, "auditor", **asked))


def test_a_place_lists_who_sees_it_and_who_no_longer_does(tangled: House) -> None:
    text = text_of(_ask(tangled, "administrator", node=tangled.package.code))
    sees, _head, no_longer = text.partition("Who no longer sees this place")
    assert page_of(tangled, "guest") in sees
    assert page_of(tangled, "pmo") in no_longer
    assert page_of(tangled, "sponsor") in no_longer
    assert "Edit any measure" in sees


def test_a_person_lists_what_is_seen_and_what_no_longer(tangled: House) -> None:
    text = text_of(_ask(tangled, "administrator", person=_email(tangled, "consultant")))
    sees, _head, no_longer = text.partition("What this person no longer sees")
    assert tangled.program.name in sees
    assert "ran out on" in no_longer


def test_everybody_may_ask_about_himself_and_about_nobody_else(alpha: House) -> None:
    own = {"node": alpha.program.code, "person": _email(alpha, "executive")}
    answer = _ask(alpha, "executive", **own)
    assert answer.status_code == 200
    assert "Executive sees" in text_of(answer)
    assert "narrow@alpha.example" not in text_of(answer)
    assert _ask(alpha, "executive", person=own["person"]).status_code == 200
    for person in (_email(alpha, "pmo"), "nobody@nowhere.example"):
        assert _ask(alpha, "executive", node=alpha.program.code, person=person).status_code == 403
        assert _ask(alpha, "executive", person=person).status_code == 403
    assert _ask(alpha, "executive", node=alpha.program.code).status_code == 403
    assert _ask(alpha, "executive", node="PG-999").status_code == 403


def test_a_place_out_of_sight_and_one_that_is_not_there_answer_alike(alpha: House) -> None:
    measure = make_measure(alpha)
    for code in (alpha.program.code, measure.code, "PG-999", "M-999999", "PG\u202e"):
        for asked in ({"node": code}, {"node": code, "person": _email(alpha, "narrow")}):
            answer = _ask(alpha, "narrow", **asked)
            assert answer.status_code == 422
            assert f"There is no place with the code {code}." in text_of(answer)


def test_who_sees_people_elsewhere_only_is_refused_here(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        role_grant(
            membership=alpha.people["narrow"], role=Role.EXECUTIVE, node=alpha.program, by=by
        )
    assert _ask(alpha, "narrow", node=alpha.program.code).status_code == 403
    asked = {"node": alpha.program.code, "person": _email(alpha, "pmo")}
    assert _ask(alpha, "narrow", **asked).status_code == 403
    assert _ask(alpha, "narrow", node=alpha.other_program.code).status_code == 200


def test_grants_outside_what_the_asker_sees_of_people_are_not_told(alpha: House) -> None:
    with alpha.active():
        by = alpha.system(Role.ADMINISTRATOR)
        role_grant(membership=alpha.people["guest"], role=Role.OWNER, node=alpha.program, by=by)
    asked = {"node": alpha.other_program.code, "person": _email(alpha, "guest")}
    text = text_of(_ask(alpha, "narrow", **asked))
    assert "No role is granted to Guest" in text
    assert "First program" not in text
    assert "First program" not in text_of(_ask(alpha, "narrow", person=_email(alpha, "guest")))


def test_odd_input_is_told_at_its_field(alpha: House) -> None:
    for asked in (
        {"node": "\x00"},
        {"person": "\x00"},
        {"person": "x" * 300},
        {"person": "nobody"},
    ):
        assert _ask(alpha, "pmo", **asked).status_code in {403, 422}


def test_measures_and_nodes_lead_to_the_explainer(alpha: House) -> None:
    measure = make_measure(alpha)
    for path in (f"measures/{measure.code}/", f"programs/{alpha.program.code}/"):
        assert "Who can see this, and why" in text_of(alpha.client("pmo").get(alpha.page(path)))
        plain = text_of(alpha.client("executive").get(alpha.page(path)))
        assert "Why can I see this?" in plain
        assert "person=executive%40alpha.example" in plain
    assert "?person=guest%40alpha.example" in text_of(
        alpha.client("pmo").get(page_of(alpha, "guest"))
    )


# --- API --------------------------------------------------------------------------------------


def test_the_api_explains_a_person_at_a_measure(tangled: House) -> None:
    measure = make_measure(tangled)
    asked = {"node": measure.code, "person": _email(tangled, "guest")}
    body = tangled.caller("administrator").get("access/", asked).json()
    assert body["explanation"]["sees"] is True
    codes = [reason["code"] for reason in body["explanation"]["reasons"]]
    assert codes == ["granted_above", "granted_here"]
    assert [step["place"]["code"] for step in body["chain"]][-2:] == [
        tangled.package.code,
        measure.code,
    ]
    assert body["audience"] is None
    assert body["holding"] is None


def test_the_api_lists_an_audience_and_a_holding(tangled: House) -> None:
    caller = tangled.caller("administrator")
    body = caller.get("access/", {"node": tangled.package.code}).json()
    assert _email(tangled, "guest") in {one["person"]["email"] for one in body["audience"]}
    assert _email(tangled, "pmo") in {one["person"]["email"] for one in body["no_longer"]}
    held = caller.get("access/", {"person": _email(tangled, "sponsor")}).json()["holding"]
    assert held["standing"] == "membership_ended"
    assert held["grants"] == []
    assert len(held["no_longer"]) == 2


def test_an_audience_comes_in_pages_in_which_nobody_is_missing_or_told_twice(
    tangled: House,
) -> None:
    caller = tangled.caller("administrator")
    whole = caller.get("access/", {"node": tangled.package.code}).json()
    expected = [one["person"]["id"] for one in (*whole["audience"], *whole["no_longer"])]
    assert whole["next"] is None
    found: list[str] = []
    cursor = ""
    while True:
        asked = {"node": tangled.package.code, "limit": "2", "cursor": cursor}
        body = caller.get("access/", asked).json()
        rows = [*body["audience"], *body["no_longer"]]
        assert 0 < len(rows) <= 2
        found += [one["person"]["id"] for one in rows]
        if body["next"] is None:
            break
        cursor = parse_qs(urlsplit(body["next"]).query)["cursor"][0]
    assert found == expected
    assert len(set(found)) == len(found) > 4


def test_a_page_shows_the_rest_of_an_audience(
    tangled: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "PAGE_SIZE", 2)
    first = _ask(tangled, "administrator", node=tangled.package.code)
    assert len(first.context["audience"]) == 2
    cursor = first.context["page"].next
    second = _ask(tangled, "administrator", node=tangled.package.code, cursor=cursor)
    names = {
        one.reached.member.pk for one in (*first.context["audience"], *second.context["audience"])
    }
    assert len(names) == 4
    assert 'rel="prev"' in second.content.decode()
    assert _ask(tangled, "administrator", node=tangled.package.code, cursor="x").status_code == 400


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"person": "pmo@alpha.example", "limit": "2"}, "limit"),
        ({"person": "pmo@alpha.example", "cursor": "x"}, "cursor"),
        ({}, "node"),
        ({"place": "PG-001"}, "place"),
        ({"node": "PG-999"}, "node"),
        ({"person": "nobody@nowhere.example"}, "person"),
        ({"node": "\x00"}, "node"),
    ],
)
def test_the_api_names_what_is_wrong(alpha: House, asked: dict[str, str], field: str) -> None:
    answer = alpha.caller("pmo").get("access/", asked)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_the_api_tells_everybody_about_himself_alone(alpha: House) -> None:
    caller = alpha.caller("executive")
    own = {"node": alpha.program.code, "person": _email(alpha, "executive")}
    assert caller.get("access/", own).json()["explanation"]["sees"] is True
    assert caller.get("access/", own | {"person": _email(alpha, "pmo")}).status_code == 403
    assert caller.get("access/", {"node": alpha.program.code}).status_code == 403


# --- cost -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "queries"), [("node", 2), ("person", 1), ("both", 2)])
def test_an_answer_costs_the_same_for_a_crowd(
    alpha: House, django_assert_num_queries: Any, asked: str, queries: int
) -> None:
    with alpha.active():
        by, place = alpha.system(*Role), place_of(alpha.package)
        for node in (alpha.portfolio, alpha.program, alpha.project, alpha.package):
            for role in (Role.OWNER, Role.EXECUTIVE):
                role_grant(membership=alpha.people["guest"], role=role, node=node, by=by)
        guest = fresh(alpha, "guest")
        with django_assert_num_queries(queries):
            if asked == "node":
                rows = list(audience_rows(place))
                found = audience_of(place, rows)
                [[grant.granter for grant in one.verdict.grants] for one in found.sees]
            elif asked == "person":
                [grant.granter for grant in holding_of(guest, by=by).live]
            else:
                explained(guest, place, by=by)

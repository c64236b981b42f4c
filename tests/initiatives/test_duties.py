"""The report on the segregation of duties: nothing where all is well, each breach by its rule."""

from datetime import timedelta

from django.utils import timezone

from approvals.models import ApprovalBar, ApprovalVote
from approvals.services.delegations import DelegationDraft, delegation_give
from governance.people.choices import Role
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_grant, role_revoke
from initiatives.gates.duties import DUTIES, findings_of
from tests.approvals.climbing import asked, climber, publish_short_model, voted
from tests.houses import House

OK, FORBIDDEN, MISSING = 200, 403, 404
PATH = "segregation-of-duties/"


def test_a_sound_house_has_no_breach(alpha: House) -> None:
    publish_short_model(alpha)
    voted(alpha, asked(alpha, climber(alpha)), "controller")
    page = alpha.client("auditor").get(alpha.page(PATH))
    text = page.content.decode()
    assert page.status_code == OK
    assert "No breach was found" in text
    assert [rule.duty.code for rule in page.context["rules"]] == [
        f"S{number}" for number in range(1, 12)
    ]
    assert sum(rule.near for rule in page.context["rules"]) == 0


def test_who_may_read_it(alpha: House) -> None:
    expected = {"auditor": OK, "pmo": OK, "administrator": OK, "controller": OK}
    expected |= {"owner": FORBIDDEN, "executive": FORBIDDEN, "narrow": FORBIDDEN, "guest": MISSING}
    for who, status in expected.items():
        assert alpha.client(who).get(alpha.page(PATH)).status_code == status, who
        assert alpha.caller(who).get(PATH).status_code == status, who


def test_a_vote_of_somebody_kept_out_is_a_breach_of_s1(alpha: House) -> None:
    publish_short_model(alpha)
    request = voted(alpha, asked(alpha, climber(alpha)), "controller")
    with alpha.active():
        vote = ApprovalVote.objects.get()
        ApprovalBar.objects.create(
            request=request, membership=vote.voter, rule="S1", reason="entered what is judged"
        )
        found = findings_of("S1")
    assert [one.is_violation for one in found] == [True]
    assert found[0].request_id == request.public_id
    text = alpha.client("auditor").get(alpha.page(PATH)).content.decode()
    assert "1 breach was found" in text
    assert f"gate-requests/{request.public_id}/" in text


def test_a_decider_who_is_kept_out_and_a_barred_delegate_come_near(alpha: House) -> None:
    publish_short_model(alpha)
    request = asked(alpha, climber(alpha))
    today = timezone.localdate()
    people = alpha.people
    with alpha.active():
        draft = DelegationDraft(people["pmo"], alpha.root, today, today + timedelta(days=3))
        delegation_give(draft=draft, by=alpha.actor("controller"))
        for name in ("controller", "pmo"):
            ApprovalBar.objects.create(
                request=request, membership=people[name], rule="S1", reason="entered"
            )
        found = findings_of("S1")
    assert [one.is_violation for one in found] == [False, False]


def test_two_hats_come_near(alpha: House) -> None:
    by = alpha.system(Role.ADMINISTRATOR)
    with alpha.active():
        for name in ("administrator", "auditor"):
            role_grant(membership=alpha.people[name], role=Role.OWNER, node=alpha.program, by=by)
        assert [one.text for one in findings_of("S6")] == [
            "Administrator is administrator and holds: Measure owner"
        ]
        assert [one.text for one in findings_of("S10")] == [
            "Auditor is auditor and holds: Measure owner"
        ]


def test_a_controller_without_the_role_comes_near_s11(alpha: House) -> None:
    measure = climber(alpha)
    with alpha.active():
        assert findings_of("S11") == []
        held = NodeGrant.objects.get(membership=alpha.people["controller"])
        role_revoke(grant_id=str(held.public_id), by=alpha.system(Role.ADMINISTRATOR))
        assert [one.measure for one in findings_of("S11")] == [measure.code]


def test_the_api_shows_every_rule(alpha: House) -> None:
    body = alpha.caller("auditor").get(PATH).json()
    assert set(body) == {"checked_at", "violations", "rules"}
    assert [rule["code"] for rule in body["rules"]] == [duty.code for duty in DUTIES]
    assert body["violations"] == 0

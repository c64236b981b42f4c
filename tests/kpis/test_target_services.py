"""Targets: proposed by one person, approved by another, versioned, with a gap owner (H7)."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from governance.audit.models import AuditEvent
from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible
from governance.people.choices import Role
from governance.people.models import Membership
from governance.people.services import membership_end
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_create
from initiatives.services import level_delete
from kpis.metrics.services import metric_change
from kpis.models import Metric, Target
from kpis.targets.rules import Gap, Spread, total_below
from kpis.targets.selectors import (
    TargetFilters,
    gaps_owned,
    target_by_id,
    targets_at,
    targets_matching,
    waiting,
)
from kpis.targets.services import target_approve, target_propose, target_refuse, target_withdraw
from tests.houses import House
from tests.kpis.targeting import approve, draft_of, propose, set_target, with_starting_metrics

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(alpha: House) -> House:
    with_starting_metrics(alpha)
    return alpha


def standing(house: House, node: Node) -> list[tuple[Decimal, int | None]]:
    with house.active():
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        return [(row.amount, row.number) for row in targets_at([node.pk], tenant)]


def test_a_proposal_counts_nowhere_until_somebody_else_approves_it(house: House) -> None:
    made = propose(house, house.program)
    assert standing(house, house.program) == []
    with pytest.raises(Forbidden, match="segregation_of_duties") as caught:
        approve(house, made, "pmo")
    assert caught.value.errors == {"rule": ["H7"]}
    row = approve(house, made)
    assert (row.state, row.number, row.currency) == ("approved", 1, "EUR")
    assert standing(house, house.program) == [(Decimal(1000), 1)]


def test_a_later_version_supersedes_and_the_earlier_one_stays(house: House) -> None:
    set_target(house, house.program)
    propose(house, house.program, "800", fiscal_year=2027)
    second = set_target(house, house.program, "1200.50")
    assert standing(house, house.program) == [(Decimal("1200.50"), 2)]
    with house.active():
        rows = Target.objects.filter(state="approved").order_by("number")
        assert [row.amount for row in rows] == [Decimal(1000), Decimal("1200.50")]
        event = AuditEvent.objects.filter(action="target.approved").latest("id")
    body = json.loads(event.body)
    assert body["changes"]["target"] == ["1000.0000", "1200.5000"]
    assert house.program.code in str(body["subject"])
    assert second.number == 2


def test_recurring_and_one_off_are_two_targets(house: House) -> None:
    """V7: they never add, so that each has a version of its own."""
    set_target(house, house.program)
    set_target(house, house.program, "70", kind="one_off")
    assert standing(house, house.program) == [(Decimal(70), 1), (Decimal(1000), 1)]


def test_only_one_proposal_waits_for_a_key(house: House) -> None:
    propose(house, house.program)
    with pytest.raises(Invalid) as caught:
        propose(house, house.program, "5")
    assert list(caught.value.errors) == ["fiscal_year"]
    assert propose(house, house.portfolio, "5").pk


def test_a_refusal_says_why_and_a_withdrawal_is_its_makers(house: House) -> None:
    made = propose(house, house.program)
    with house.active():
        by, other = house.actor("pmo"), house.actor("head_of_controlling")
        with pytest.raises(Invalid) as caught:
            target_refuse(target=made, remark=" ", by=other)
        assert list(caught.value.errors) == ["remark"]
        with pytest.raises(Forbidden, match="target_of_another"):
            target_withdraw(target=made, by=other)
        with pytest.raises(Forbidden, match="segregation_of_duties"):
            target_refuse(target=made, remark="No.", by=by)
        assert target_withdraw(target=made, by=by).state == "withdrawn"
        with pytest.raises(Conflict, match="target_not_proposed"):
            target_refuse(target=made, remark="No.", by=other)
    again = propose(house, house.program)
    with house.active():
        row = target_refuse(target=again, remark="Too much.", by=other)
        assert (row.state, row.remark, row.number) == ("refused", "Too much.", None)
    assert standing(house, house.program) == []


@pytest.mark.parametrize("who", ["executive", "owner", "controller", "consultant", "administrator"])
def test_who_holds_no_such_right_proposes_nothing(house: House, who: str) -> None:
    with pytest.raises(Forbidden):
        propose(house, house.program, who=who)


def test_a_right_reaches_as_far_as_its_place(house: House) -> None:
    """`narrow` is PMO of the other program alone."""
    with pytest.raises(NotVisible):
        propose(house, house.program, who="narrow")
    made = propose(house, house.other_program, who="narrow")
    with house.active(), pytest.raises(NotVisible):
        target_by_id(propose(house, house.program).public_id, by=house.actor("narrow"))
    assert approve(house, made, "pmo").number == 1


def test_a_consultant_never_approves(house: House) -> None:
    """S7, even with the role of the transformation office."""
    made = propose(house, house.program)
    with house.active():
        by = replace(house.actor("head_of_controlling"), is_consultant=True)
        with pytest.raises(Forbidden) as caught:
            target_approve(target=made, by=by)
    assert caught.value.errors == {"rule": ["S7"]}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": "x"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "1e15"}, "amount"),
        ({"amount": None}, "amount"),
        ({"kind": "running_cost"}, "kind"),
        ({"fiscal_year": 1990}, "fiscal_year"),
        ({"fiscal_year": 2101}, "fiscal_year"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"reason": "a\x00b"}, "reason"),
        ({"gap_owner": None}, "gap_owner"),
    ],
)
def test_what_cannot_be_a_target_is_told_at_its_field(
    house: House, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        propose(house, house.program, **given)
    assert list(caught.value.errors) == [field]
    with house.active():
        assert not Target.objects.exists()


def test_a_metric_out_of_use_takes_no_target(house: House) -> None:
    with house.active():
        metric = Metric.objects.get(code="FTE")
        metric_change(
            metric=metric,
            seen_version=metric.version,
            fields={"is_active": False},
            by=house.actor("pmo"),
        )
    with pytest.raises(Invalid) as caught:
        propose(house, house.program, "5", metric="FTE")
    assert list(caught.value.errors) == ["metric"]


def test_the_owner_of_the_gap_is_a_live_member(house: House) -> None:
    made = propose(house, house.program)
    with house.active():
        owner = Membership.objects.get(pk=house.people["owner"].pk)
        by = house.actor("administrator")
        membership_end(membership=owner, seen_version=owner.version, by=by)
    with pytest.raises(Conflict, match="gap_owner_left"):
        approve(house, made)
    with pytest.raises(Invalid) as caught:
        propose(house, house.portfolio)
    assert list(caught.value.errors) == ["gap_owner"]


def test_a_place_with_targets_stays(house: House) -> None:
    with house.active():
        by = house.actor("pmo")
        node = node_create(
            parent=house.portfolio, draft=NodeDraft(Level.PROGRAM, "Third program"), by=by
        )
    propose(house, node)
    with house.active(), pytest.raises(DomainError) as caught, transaction.atomic():
        level_delete(node=node, seen_version=node.version, by=by)
    assert (caught.value.status, caught.value.code) == (409, "node_has_targets")


def test_lists_show_what_a_person_sees(house: House) -> None:
    set_target(house, house.program)
    propose(house, house.other_program, "5")
    with house.active():
        narrow, pmo = house.actor("narrow"), house.actor("pmo")
        assert [row.node.code for row in waiting(narrow)] == [house.other_program.code]
        found = targets_matching(TargetFilters(node=house.portfolio, state="approved"), by=pmo)
        assert [row.node.code for row in found] == [house.program.code]
        assert not targets_matching(TargetFilters(metric="FTE"), by=pmo).exists()
        email = house.people["owner"].email
        assert targets_matching(TargetFilters(gap_owner=email), by=pmo).count() == 2
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        assert [row.amount for row in gaps_owned(house.actor("owner"), tenant)] == [1000]
        assert not gaps_owned(pmo, tenant).exists()
        assert not gaps_owned(house.system(), tenant).exists()


def test_a_target_in_another_currency_counts_no_more(house: House) -> None:
    set_target(house, house.program)
    set_target(house, house.program, "5", metric="FTE")
    with house.active():
        tenant = Tenant.objects.get(pk=house.tenant.pk)
        tenant.currency = "CHF"
        assert [row.amount for row in targets_at([house.program.pk], tenant)] == [5]


def test_system_work_proposes_nothing(house: House) -> None:
    by = house.system(Role.PMO)
    with house.active():
        draft = draft_of(house)
        with pytest.raises(Forbidden):
            target_propose(node=house.program, draft=draft, by=by)


def test_the_gap_is_target_minus_bankable() -> None:
    gap = Gap(Decimal(100), Decimal(70), Decimal(40))
    assert (gap.missing, gap.missing_hard, gap.reached) == (30, 60, Decimal("0.7"))
    assert Gap(Decimal(0)).reached is None
    assert Gap(Decimal(10), Decimal(25)).missing == -15


def test_parts_and_the_whole() -> None:
    assert total_below([None, None]) is None
    assert total_below([Decimal(1), None, Decimal(2)]) == 3
    assert Spread(Decimal(10), Decimal(7)).difference == 3
    assert Spread(None, Decimal(7)).difference is None
    assert Spread(Decimal(10), None).difference is None

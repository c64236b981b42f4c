"""Objectives, KPIs and periods: who may write what, what is refused, and what history tells."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.choices import Role
from governance.people.services import membership_end
from kpis.choices import Aggregation
from kpis.indicators.choices import Direction, KpiKind, Rhythm
from kpis.indicators.selectors import (
    kpi_by_code,
)
from kpis.indicators.services.kpis import KpiDraft, kpi_change, kpi_create, kpi_delete
from kpis.indicators.services.objectives import (
    ObjectiveDraft,
    objective_create,
    objective_delete,
)
from kpis.indicators.services.periods import PeriodDraft, kpi_periods_write
from kpis.models import Kpi, KpiPeriod, Objective
from tests.houses import House
from tests.kpis.indicating import (
    change,
    fill,
    make_filled,
    make_kpi,
    make_objective,
    told,
    write,
)

pytestmark = pytest.mark.django_db


def test_an_objective_is_numbered_and_told(alpha: House) -> None:
    goal = make_objective(alpha, "  Real \n estate ")
    below = make_objective(alpha, "Reduce cost", parent=goal)
    assert (goal.code, goal.name, below.code, below.parent) == (
        "OB-0001",
        "Real estate",
        "OB-0002",
        goal,
    )
    assert told(alpha, "OB-0002") == [
        ("objective.created", {"name": ("", "Reduce cost"), "parent": ("", "OB-0001")})
    ]


def test_an_objective_of_an_objective_is_no_goal(alpha: House) -> None:
    below = make_objective(alpha, parent=make_objective(alpha, "Goal"))
    with pytest.raises(Invalid) as refused:
        make_objective(alpha, "Third floor", parent=below)
    assert set(refused.value.errors) == {"parent"}


@pytest.mark.parametrize("name", ["", "   ", "x" * 301, "a\x00b"])
def test_an_objective_needs_a_readable_name(alpha: House, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_objective(alpha, name)
    assert set(refused.value.errors) == {"name"}


def test_one_source_key_stands_once(alpha: House) -> None:
    by = alpha.system(Role.PMO)
    with alpha.active():
        objective_create(draft=ObjectiveDraft("One", source_key="a"), by=by)
        kpi_create(draft=KpiDraft("One", source_key="a"), by=by)
        for again in (
            lambda: objective_create(draft=ObjectiveDraft("Two", source_key="a"), by=by),
            lambda: kpi_create(draft=KpiDraft("Two", source_key="a"), by=by),
        ):
            with pytest.raises(Conflict) as refused:
                again()
            assert refused.value.code == "source_key_taken"
        assert (Objective.objects.count(), Kpi.objects.count()) == (1, 1)


def test_an_objective_goes_only_when_nothing_belongs_to_it(alpha: House) -> None:
    goal = make_objective(alpha, "Goal")
    below = make_objective(alpha, parent=goal)
    kpi = make_kpi(alpha, objective=below)
    by = alpha.actor("pmo")
    with alpha.active():
        for row in (goal, below):
            with pytest.raises(Conflict) as refused:
                objective_delete(objective=row, seen_version=1, by=by)
            assert refused.value.code == "objective_in_use"
        kpi_delete(kpi=kpi, seen_version=1, by=by)
        with pytest.raises(Stale):
            objective_delete(objective=below, seen_version=2, by=by)
        objective_delete(objective=below, seen_version=1, by=by)
        objective_delete(objective=goal, seen_version=1, by=by)
        with pytest.raises(NotVisible):
            objective_delete(objective=goal, seen_version=1, by=by)
        assert not Objective.objects.exists()
    assert [action for action, _ in told(alpha, goal.code)] == [
        "objective.created",
        "objective.deleted",
    ]


def test_nothing_is_added_to_an_objective_that_has_gone(alpha: House) -> None:
    goal = make_objective(alpha)
    by = alpha.actor("pmo")
    with alpha.active():
        objective_delete(objective=goal, seen_version=1, by=by)
    with pytest.raises(Invalid) as refused:
        make_kpi(alpha, objective=goal)
    assert set(refused.value.errors) == {"objective"}


def test_a_kpi_is_numbered_and_told(alpha: House) -> None:
    kpi = make_kpi(
        alpha,
        " Vacant\nspace ",
        objective=make_objective(alpha),
        unit="%",
        kind=KpiKind.LAGGING,
        rhythm=Rhythm.QUARTER,
        update_owner=alpha.people["owner"],
    )
    assert (kpi.code, kpi.name, kpi.version) == ("K-0001", "Vacant space", 1)
    ((action, changes),) = told(alpha, "K-0001")
    assert action == "kpi.created"
    assert changes == {
        "name": ("", "Vacant space"),
        "objective": ("", "OB-0001"),
        "unit": ("", "%"),
        "decimals": ("", "3"),
        "aggregation": ("", "Last value"),
        "direction": ("", "Lower is better"),
        "kind": ("", "Lagging"),
        "rhythm": ("", "Quarterly"),
        "update owner": ("", "Owner <owner@alpha.example>"),
        "active": ("", "yes"),
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"unit": "x" * 41}, "unit"),
        ({"data_source": "x" * 501}, "data_source"),
        ({"description": "\x00"}, "description"),
        ({"notes": "x" * 10_001}, "notes"),
        ({"source_key": "x" * 201}, "source_key"),
        ({"decimals": 7}, "decimals"),
        ({"decimals": -1}, "decimals"),
        ({"direction": "sideways"}, "direction"),
        ({"kind": "x"}, "kind"),
        ({"rhythm": "day"}, "rhythm"),
        ({"aggregation": "median"}, "aggregation"),
    ],
)
def test_a_wrong_field_of_a_kpi_is_named_and_nothing_is_kept(
    alpha: House, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_kpi(alpha, **wrong)
    assert set(refused.value.errors) == {field}
    with alpha.active():
        assert not Kpi.objects.exists()


def test_a_change_is_told_field_by_field(alpha: House) -> None:
    kpi = make_kpi(alpha, aggregation=Aggregation.AVERAGE)
    changed = change(
        alpha, kpi, name="Empty space", decimals=4, is_active=False, direction=Direction.INCREASE
    )
    assert (changed.name, changed.sort_key, changed.version) == ("Empty space", "empty space", 2)
    assert told(alpha, kpi.code)[1:] == [
        (
            "kpi.changed",
            {
                "name": ("Vacant space", "Empty space"),
                "decimals": ("3", "4"),
                "active": ("yes", "no"),
                "direction": ("Lower is better", "Higher is better"),
            },
        )
    ]


def test_the_same_again_writes_nothing(alpha: House) -> None:
    kpi = make_filled(alpha)
    events = told(alpha, kpi.code)
    assert change(alpha, kpi, name=" Vacant  space", decimals=3).version == kpi.version
    draft = PeriodDraft("0.0320", Decimal("0.03"))
    assert write(alpha, kpi, {date(2017, 1, 1): draft}).version == kpi.version
    assert write(alpha, kpi, {date(2016, 1, 1): None}).version == kpi.version
    assert told(alpha, kpi.code) == events


def test_who_came_second_overwrites_nothing(alpha: House) -> None:
    kpi = make_kpi(alpha)
    change(alpha, kpi, name="First")
    by = alpha.actor("pmo")
    with pytest.raises(Stale):
        change(alpha, kpi, seen=1, name="Second")
    with pytest.raises(Stale):
        write(alpha, kpi, {date(2018, 1, 1): PeriodDraft("1")}, seen=1)
    with alpha.active(), pytest.raises(Stale):
        kpi_delete(kpi=kpi, seen_version=1, by=by)
    with alpha.active():
        assert Kpi.objects.get().name == "First"
        assert not KpiPeriod.objects.exists()


def test_rhythm_and_decimals_do_not_bend_values_that_stand(alpha: House) -> None:
    kpi = make_filled(alpha)
    with pytest.raises(Refused) as refused:
        change(alpha, kpi, rhythm=Rhythm.MONTH)
    assert refused.value.code == "kpi_has_values"
    with pytest.raises(Invalid) as invalid:
        change(alpha, kpi, decimals=2)
    assert set(invalid.value.errors) == {"decimals"}
    kpi = fill(alpha, kpi, dict.fromkeys((2017, 2018, 2019)))
    assert change(alpha, kpi, rhythm=Rhythm.MONTH, decimals=0).rhythm == "month"


def test_codes_and_source_keys_are_nobodys_to_change(alpha: House) -> None:
    with pytest.raises(Invalid) as refused:
        change(alpha, make_kpi(alpha), code="K-9", source_key="x")
    assert set(refused.value.errors) == {"code", "source_key"}


RIGHTS = {"pmo", "head_of_controlling"}


@pytest.mark.parametrize("name", [*Role.values, "narrow", "guest"])
def test_who_may_write_kpis_and_their_values(alpha: House, name: str) -> None:
    kpi = make_filled(alpha, update_owner=alpha.people["owner"])
    by = alpha.actor(name)
    expected = None if name in RIGHTS else Forbidden

    def attempt(call: Any) -> type[DomainError] | None:
        try:
            with alpha.active():
                call()
        except DomainError as error:
            return type(error)
        return None

    assert attempt(lambda: kpi_create(draft=KpiDraft("x"), by=by)) is expected
    assert attempt(lambda: objective_create(draft=ObjectiveDraft("x"), by=by)) is expected
    values = NotVisible if name == "guest" else None if name == "owner" else expected
    draft = {date(2020, 1, 1): PeriodDraft("1")}
    seen = kpi.version
    assert values is attempt(
        lambda: kpi_periods_write(kpi=kpi, periods=draft, seen_version=seen, by=by)
    )
    with alpha.active():
        now = Kpi.objects.get(pk=kpi.pk)
    fields = {"name": "y"}
    assert expected is attempt(
        lambda: kpi_change(kpi=now, seen_version=now.version, fields=fields, by=by)
    )
    with alpha.active():
        now = Kpi.objects.get(pk=kpi.pk)
    assert expected is attempt(lambda: kpi_delete(kpi=now, seen_version=now.version, by=by))


def test_an_update_owner_who_has_left_is_refused(alpha: House) -> None:
    gone = alpha.people["guest"]
    by = alpha.system(Role.ADMINISTRATOR)
    with alpha.active():
        gone = membership_end(membership=gone, seen_version=gone.version, by=by)
    with pytest.raises(Refused):
        make_kpi(alpha, update_owner=gone)
    with pytest.raises(Refused):
        change(alpha, make_kpi(alpha), update_owner=gone)


def test_a_deleted_kpi_leaves_its_figures_in_the_trail(alpha: House) -> None:
    kpi = make_filled(alpha)
    by = alpha.actor("pmo")
    with alpha.active():
        kpi_delete(kpi=kpi, seen_version=kpi.version, by=by)
        assert not KpiPeriod.objects.exists()
        with pytest.raises(NotVisible):
            kpi_by_code(kpi.code, by=by)
    action, changes = told(alpha, kpi.code)[-1]
    assert action == "kpi.deleted"
    assert changes["actual Jan 2018"] == ("0.038", "")
    assert changes["name"] == ("Vacant space", "")

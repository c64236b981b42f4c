"""Owners, starts, freezes, references, baselines and claims by their services (V2, V3, V5)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.choices import Role
from initiatives.hooks import gate_passed
from initiatives.models import Measure
from initiatives.services import measure_change
from initiatives.services_bulk import MeasureChange, measures_change
from kpis.actuals.choices import MonthState
from kpis.actuals.models import Claim
from kpis.actuals.selectors import current_baselines
from kpis.actuals.services.claims import claims_write
from kpis.choices import EffectKind, Series, Source
from kpis.models import Effect, ValueHistory, ValueYear
from kpis.rules import Month
from kpis.services import EffectDraft, effect_delete
from kpis.services_bulk import CellsWrite, PlacedEffect, effects_create, effects_delete
from kpis.services_bulk import values_write_many as write_many
from tests.houses import House
from tests.initiatives.making import reloaded
from tests.kpis.actual_making import (
    actions,
    changed,
    claim,
    facts,
    fresh,
    judge,
    named,
    now,
    refer,
    refused,
    series,
)
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure)


@pytest.fixture
def decided(alpha: House, measure: Measure, effect: Effect) -> Effect:
    """An effect of a measure past T3."""
    moved(alpha, measure, "decided")
    return effect


# --- owners and starts (S2, V2) ---------------------------------------------------------------


def test_an_effect_gets_an_owner_and_a_start(alpha: House, effect: Effect) -> None:
    start = Month(2026, 7).first_day
    row = changed(alpha, effect, owner=alpha.people["sponsor"], run_rate_start=start)
    assert (row.owner_id, row.run_rate_start) == (alpha.people["sponsor"].pk, start)
    assert row.version == effect.version + 1
    assert actions(alpha)[-1] == "effect.changed"
    again = changed(alpha, effect, owner=alpha.people["sponsor"])
    assert again.version == row.version


def test_who_plans_changes_an_effect_and_nobody_else(alpha: House, effect: Effect) -> None:
    assert changed(alpha, effect, "owner", name="Price").name == "Price"
    refused(alpha, Forbidden, "forbidden", lambda: changed(alpha, effect, "controller", name="x"))
    refused(alpha, NotVisible, "not_found", lambda: changed(alpha, effect, "guest", name="x"))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"currency": "euro"}, "currency"),
        ({"name": "x" * 201}, "name"),
        ({"run_rate_start": Month(2026, 7).first_day.replace(day=2)}, "run_rate_start"),
        ({"run_rate_start": Month(1989, 7).first_day}, "run_rate_start"),
    ],
)
def test_what_cannot_be_kept_is_told(
    alpha: House, effect: Effect, fields: dict[str, Any], field: str
) -> None:
    error = refused(alpha, Invalid, "invalid", lambda: changed(alpha, effect, **fields))
    assert set(error.errors) == {field}


def test_a_change_of_kind_moves_the_sortable_total(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    plan(alpha, effect, {"2026-01": "5"})
    assert reloaded(alpha, measure).value_minor == 50_000
    changed(alpha, effect, kind=EffectKind.ONE_TIME_COST.value)
    assert reloaded(alpha, measure).value_minor == 0


def test_the_controller_owns_no_effect_from_either_side(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    controller = alpha.people["controller"]
    refused(
        alpha,
        Refused,
        "controller_is_judged",
        lambda: changed(alpha, effect, owner=controller),
    )
    refused(
        alpha,
        Refused,
        "controller_is_judged",
        lambda: add_effect(alpha, measure, owner=controller),
    )
    changed(alpha, effect, owner=alpha.people["head_of_controlling"])
    row = reloaded(alpha, measure)
    by, fields = alpha.actor("controller"), {"controller": alpha.people["head_of_controlling"]}
    refused(
        alpha,
        Refused,
        "controller_is_judged",
        lambda: measure_change(measure=row, seen_version=row.version, fields=fields, by=by),
    )
    change = MeasureChange(row.pk, row.version, fields)
    refused(
        alpha, Refused, "controller_is_judged", lambda: measures_change(changes=[change], by=by)
    )


def test_the_database_says_so_as_well(alpha: House, measure: Measure, effect: Effect) -> None:
    changed(alpha, effect, owner=alpha.people["sponsor"])
    with alpha.active():
        for rows, fields, name in (
            (Effect.objects.filter(pk=effect.pk), {"owner": alpha.people["controller"].pk}, "e"),
            (Measure.objects.filter(pk=measure.pk), {"controller": alpha.people["sponsor"].pk}, ""),
        ):
            with pytest.raises(IntegrityError) as caught, transaction.atomic():
                rows.update(**fields)
            expected = (
                "kpis_effect_owner_not_controller" if name else "kpis_controller_not_effect_owner"
            )
            assert caught.value.__cause__.diag.constraint_name == expected  # type: ignore[union-attr]  # a database error has its cause


# --- freezes (V2) -----------------------------------------------------------------------------


def test_a_decided_plan_is_frozen_for_everybody(
    alpha: House, measure: Measure, decided: Effect
) -> None:
    pmo = alpha.actor("pmo")
    row = fresh(alpha, decided)
    draft = PlacedEffect(row.measure, _draft(alpha, decided))
    for work in (
        lambda: plan(alpha, decided, {"2026-01": "1"}),
        lambda: add_effect(alpha, measure),
        lambda: effect_delete(effect=row, seen_version=row.version, by=pmo),
        lambda: changed(alpha, decided, kind="one_off"),
        lambda: changed(alpha, decided, effect_class="avoidance"),
        lambda: changed(alpha, decided, currency="USD"),
        lambda: changed(alpha, decided, run_rate_start=Month(2026, 1).first_day),
        lambda: refer(alpha, decided, {"2026-01": "1"}),
        lambda: write_many(
            writes=[CellsWrite(row.pk, row.version, {Month(2026, 1): Decimal(1)})],
            by=pmo,
            source=Source.IMPORT,
        ),
        lambda: effects_create(placed=[draft], by=pmo, source=Source.IMPORT),
        lambda: effects_delete(effect_ids=[row.pk], by=pmo),
    ):
        refused(alpha, Conflict, "frozen", work)
    assert changed(alpha, decided, owner=alpha.people["sponsor"]).owner_id
    moved(alpha, measure, "closed")
    refused(alpha, Conflict, "measure_closed", lambda: changed(alpha, decided, owner=None))


def _draft(house: House, effect: Effect) -> Any:
    return EffectDraft(fresh(house, effect).metric, EffectKind.RECURRING)


@pytest.mark.parametrize("stage", ["detailed", "decided"])
def test_the_reference_is_frozen_with_the_method(
    alpha: House, measure: Measure, effect: Effect, stage: str
) -> None:
    row = refer(alpha, effect, {"2025-01": "900", "2025-02": "1"})
    row = refer(alpha, effect, {"2025-02": None})
    assert series(alpha, row, Series.REFERENCE) == {"2025-01": Decimal(900)}
    assert row.version == effect.version + 2
    assert refer(alpha, effect, {"2025-01": "900"}).version == row.version
    moved(alpha, measure, stage)
    refused(alpha, Conflict, "frozen", lambda: refer(alpha, effect, {"2025-01": "1"}))


def test_a_reference_does_not_keep_an_effect(alpha: House, effect: Effect) -> None:
    row = refer(alpha, effect, {"2025-01": "900"})
    with alpha.active():
        effect_delete(effect=row, seen_version=row.version, by=alpha.actor("pmo"))
        assert not ValueYear.objects.filter(effect_id=row.pk).exists()


# --- the gate hook (V3) -----------------------------------------------------------------------


def test_passing_t3_freezes_the_plan_and_opens_the_forecast(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    bare = add_effect(alpha, measure, name="bare")
    plan(alpha, effect, {"2026-01": "5", "2027-02": "7"})
    before = fresh(alpha, effect).version
    with alpha.active():
        gate_passed(measure.pk, "T2", alpha.actor("controller"))
        assert current_baselines([effect]) == {}
        gate_passed(measure.pk, "T3", alpha.actor("controller"))
        expected = {Month(2026, 1): Decimal(5), Month(2027, 2): Decimal(7)}
        assert current_baselines([effect, bare]) == {effect.pk: expected}
        told = ValueHistory.objects.filter(effect_public_id=effect.public_id)
        lines = told.exclude(series=Series.PLAN).order_by("id")
        assert list(lines.values_list("series", "baseline_no", "after", "source")) == [
            ("baseline", 1, Decimal(5), "form"),
            ("baseline", 1, Decimal(7), "form"),
            ("forecast", 0, Decimal(5), "form"),
            ("forecast", 0, Decimal(7), "form"),
        ]
    assert series(alpha, effect, Series.FORECAST) == {
        "2026-01": Decimal(5),
        "2027-02": Decimal(7),
    }
    assert fresh(alpha, effect).version == before + 1
    assert actions(alpha).count("baseline.frozen") == 1
    row, pmo = fresh(alpha, effect), alpha.actor("pmo")
    with pytest.raises(Refused, match="effect_in_use"), alpha.active():
        effect_delete(effect=row, seen_version=row.version, by=pmo)


def test_passing_t3_again_numbers_on_and_leaves_the_forecast(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    plan(alpha, effect, {"2026-01": "5"})
    with alpha.active():
        gate_passed(measure.pk, "T3", alpha.actor("controller"))
    plan(alpha, effect, {"2026-01": "8"})
    with alpha.active():
        gate_passed(measure.pk, "T3", alpha.actor("controller"))
        assert current_baselines([effect]) == {effect.pk: {Month(2026, 1): Decimal(8)}}
        numbers = ValueYear.objects.filter(effect=effect, series=Series.BASELINE)
        assert sorted(numbers.values_list("baseline_no", "m01")) == [
            (1, Decimal(5)),
            (2, Decimal(8)),
        ]
    assert series(alpha, effect, Series.FORECAST) == {"2026-01": Decimal(5)}


# --- claims (V5, G10) -------------------------------------------------------------------------


def test_a_claim_is_a_row_a_cell_a_history_and_an_event(alpha: House, decided: Effect) -> None:
    last = now(alpha, back=1)
    row = claim(alpha, decided, {last: "120.50"})
    assert row.version == decided.version + 1
    assert series(alpha, row, Series.ACTUAL_CLAIMED) == {str(last): Decimal("120.50")}
    found = facts(alpha, decided, last)
    assert (found.state, found.claimed_by) == (MonthState.CLAIMED, "Owner")
    with alpha.active():
        rows = Claim.objects.values_list("month", "amount", "claimed_by_id")
        assert list(rows) == [(last.first_day, Decimal("120.5"), alpha.people["owner"].pk)]
        told = ValueHistory.objects.get(series=Series.ACTUAL_CLAIMED)
        assert (told.after, told.source) == (Decimal("120.5"), "form")
    assert actions(alpha)[-1] == "values.changed"
    assert claim(alpha, decided, {last: "120.5"}, "pmo").version == row.version


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("owner", None),
        ("pmo", None),
        ("consultant", None),
        ("sponsor", None),  # owns the effect
        ("executive", Forbidden),
        ("controller", Forbidden),
        ("auditor", Forbidden),
        ("administrator", Forbidden),
        ("guest", NotVisible),
    ],
)
def test_who_may_claim(
    alpha: House, decided: Effect, name: str, error: type[DomainError] | None
) -> None:
    changed(alpha, decided, owner=alpha.people["sponsor"])
    if error is None:
        assert claim(alpha, decided, {now(alpha): "1"}, name)
    else:
        refused(alpha, error, error.code, lambda: claim(alpha, decided, {now(alpha): "1"}, name))


def test_the_product_itself_claims_nothing(alpha: House, decided: Effect) -> None:
    by = alpha.system(Role.PMO)
    row = fresh(alpha, decided)
    refused(
        alpha,
        Forbidden,
        "forbidden",
        lambda: claims_write(effect=row, cells={}, seen_version=row.version, by=by),
    )


@pytest.mark.parametrize(
    ("stage", "overlay", "code"),
    [
        ("identified", "", "not_decided"),
        ("detailed", "", "not_decided"),
        ("decided", "on_hold", "measure_on_hold"),
        ("closed", "on_hold", "measure_on_hold"),
        ("decided", "cancelled", "measure_cancelled"),
    ],
)
def test_where_nothing_is_claimed(
    alpha: House, measure: Measure, effect: Effect, stage: str, overlay: str, code: str
) -> None:
    if stage != "identified":
        moved(alpha, measure, stage, overlay)
    refused(alpha, Conflict, code, lambda: claim(alpha, effect, {now(alpha): "1"}))


@pytest.mark.parametrize("stage", ["decided", "implemented", "closed"])
def test_actuals_run_on_through_the_sustain_period(
    alpha: House, measure: Measure, effect: Effect, stage: str
) -> None:
    moved(alpha, measure, stage)
    claim(alpha, effect, {now(alpha, back=1): "1"})
    assert judge(alpha, effect, now(alpha, back=1)).amount == 1


def test_wrong_cells_are_told_by_cell(alpha: House, decided: Effect) -> None:
    future = now(alpha, back=-1)
    error = refused(
        alpha,
        Refused,
        "future_month",
        lambda: claim(alpha, decided, {now(alpha): "1", future: "1"}),
    )
    assert set(error.errors) == {f"cells.{future}"}
    cells = {"1989-12": "1", "2020-01": "x", "2020-02": "0.12345", "2020-03": "1"}
    error = refused(alpha, Invalid, "invalid", lambda: claim(alpha, decided, cells))
    assert set(error.errors) == {"cells.1989-12", "cells.2020-01", "cells.2020-02"}
    row = fresh(alpha, decided)
    refused(
        alpha,
        Stale,
        "stale",
        lambda: claims_write(
            effect=row, cells={"2020-01": "1"}, seen_version=9, by=alpha.actor("owner")
        ),
    )


def test_a_claim_is_taken_back_by_none(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    claim(alpha, decided, {"2020-01": None})
    assert facts(alpha, decided, Month(2020, 1)).state is MonthState.OPEN
    assert series(alpha, decided, Series.ACTUAL_CLAIMED) == {}
    refused(alpha, Refused, "nothing_claimed", lambda: judge(alpha, decided, "2020-01"))

"""Validations and second signatures by their services: rules, audit, refusals (V5, S2, S4)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from governance.audit.models import AuditEvent
from governance.errors import Conflict, DomainError, Forbidden, Invalid, NotVisible, Refused
from initiatives.models import Measure
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Claim, Validation
from kpis.actuals.queue import waiting_for
from kpis.choices import Series
from kpis.models import Effect, ValueHistory
from kpis.rules import Month
from kpis.services import values_write
from tests.houses import House
from tests.kpis.actual_making import (
    actions,
    changed,
    claim,
    facts,
    fresh,
    judge,
    named,
    refused,
    second,
    series,
)
from tests.kpis.making import add_effect, make_planned
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


# --- validations (V5, S2, S4) -----------------------------------------------------------------


def test_validating_writes_what_counts(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5", "2020-02": "6", "2020-03": "7"})
    judge(alpha, decided, "2020-01")
    judge(alpha, decided, "2020-02", Outcome.ADJUSTED, amount="4.5", reason="One invoice less")
    judge(alpha, decided, "2020-03", Outcome.REJECTED, reason="No evidence")
    assert series(alpha, decided, Series.ACTUAL_VALIDATED) == {
        "2020-01": Decimal(5),
        "2020-02": Decimal("4.5"),
    }
    states = [facts(alpha, decided, Month(2020, n)).state.value for n in (1, 2, 3)]
    assert states == ["validated", "adjusted", "rejected"]
    assert actions(alpha)[-3:] == ["actual.validated"] * 3
    assert fresh(alpha, decided).version == decided.version + 4
    with alpha.active():
        event = AuditEvent.objects.order_by("-id")[0]
        assert '"reason":"No evidence"' in event.body
        assert ValueHistory.objects.filter(series=Series.ACTUAL_VALIDATED).count() == 2


def test_what_is_validated_stands_and_what_is_rejected_is_claimed_again(
    alpha: House, decided: Effect
) -> None:
    claim(alpha, decided, {"2020-01": "5", "2020-02": "6"})
    judge(alpha, decided, "2020-01")
    judge(alpha, decided, "2020-02", Outcome.REJECTED, reason="No evidence")
    error = refused(
        alpha,
        Conflict,
        "already_validated",
        lambda: claim(alpha, decided, {"2020-01": "9", "2020-03": "1"}),
    )
    assert set(error.errors) == {"cells.2020-01"}
    refused(alpha, Conflict, "already_validated", lambda: judge(alpha, decided, "2020-01"))
    refused(alpha, Conflict, "already_validated", lambda: judge(alpha, decided, "2020-02"))
    claim(alpha, decided, {"2020-02": "6"})
    assert facts(alpha, decided, Month(2020, 2)).state is MonthState.CLAIMED
    assert judge(alpha, decided, "2020-02").outcome == "validated"


@pytest.mark.parametrize(
    ("outcome", "more", "fields"),
    [
        (Outcome.ADJUSTED, {"amount": "4"}, {"reason"}),
        (Outcome.ADJUSTED, {"reason": "x"}, {"amount"}),
        (Outcome.ADJUSTED, {"amount": "5", "reason": "x"}, {"amount"}),
        (Outcome.ADJUSTED, {"amount": "x", "reason": "x"}, {"amount"}),
        (Outcome.ADJUSTED, {"amount": "0.12345", "reason": "x"}, {"amount"}),
        (Outcome.REJECTED, {}, {"reason"}),
        (Outcome.REJECTED, {"amount": "1", "reason": "x"}, {"amount"}),
        (Outcome.REJECTED, {"reason": "  "}, {"reason"}),
        (Outcome.REJECTED, {"reason": "a\x00"}, {"reason"}),
        (Outcome.VALIDATED, {"seen_claim": "x"}, {"claimed"}),
    ],
)
def test_an_incomplete_verdict_names_its_fields(
    alpha: House, decided: Effect, outcome: Outcome, more: dict[str, Any], fields: set[str]
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    error = refused(
        alpha, Invalid, "invalid", lambda: judge(alpha, decided, "2020-01", outcome, **more)
    )
    assert set(error.errors) == fields


def test_a_claim_that_changed_is_not_validated_unseen(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    for more in ({"seen_claim": "4"}, {"amount": "4"}):
        refused(
            alpha, Conflict, "claim_changed", lambda m=more: judge(alpha, decided, "2020-01", **m)
        )
    assert judge(alpha, decided, "2020-01", seen_claim="5.00", amount="5").amount == 5
    refused(alpha, Invalid, "invalid", lambda: judge(alpha, decided, "2020-13"))


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("controller", None, ""),
        ("head_of_controlling", None, ""),
        ("second_finance", Forbidden, "not_the_controller"),
        ("owner", Forbidden, "forbidden"),
        ("pmo", Forbidden, "forbidden"),
        ("sponsor", Forbidden, "forbidden"),
        ("administrator", Forbidden, "forbidden"),
        ("auditor", Forbidden, "forbidden"),
        ("consultant", Forbidden, "forbidden"),
        ("guest", NotVisible, "not_found"),
    ],
)
def test_who_validates(
    alpha: House, decided: Effect, name: str, error: type[DomainError] | None, code: str
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    if error is None:
        assert judge(alpha, decided, "2020-01", name=name)
    else:
        refused(alpha, error, code, lambda: judge(alpha, decided, "2020-01", name=name))


def segregated(house: House, rule: str, work: Any) -> None:
    error = refused(house, Forbidden, "segregation_of_duties", work)
    assert error.errors == {"rule": [rule]}
    assert rule in str(error.detail)


def test_nobody_validates_what_they_ever_claimed_of_a_month(
    alpha: House, measure: Measure, decided: Effect
) -> None:
    changed(alpha, decided, owner=alpha.people["head_of_controlling"])
    claim(alpha, decided, {"2020-01": "5", "2020-02": "1"}, "head_of_controlling")
    changed(alpha, decided, owner=None)
    claim(alpha, decided, {"2020-01": "6"})
    segregated(alpha, "S4", lambda: judge(alpha, decided, "2020-01", name="head_of_controlling"))
    claim(alpha, decided, {"2020-03": "6"})
    assert judge(alpha, decided, "2020-03", name="head_of_controlling")


def test_the_owner_of_an_effect_does_not_validate_it(alpha: House, decided: Effect) -> None:
    changed(alpha, decided, owner=alpha.people["head_of_controlling"])
    claim(alpha, decided, {"2020-01": "5"})
    segregated(alpha, "S2", lambda: judge(alpha, decided, "2020-01", name="head_of_controlling"))


def test_the_database_keeps_s4_without_the_service(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    with alpha.active():
        row = Claim.objects.get()
        for who, name in (("owner", "kpis_validation_not_by_claimant"), ("controller", "")):
            values = {
                "effect_id": row.effect_id,
                "month": row.month,
                "claim_id": row.pk,
                "outcome": "validated",
                "amount": 5,
                "decided_by_id": alpha.people[who].pk,
            }
            if not name:
                with transaction.atomic():
                    assert Validation.objects.create(**values)
                continue
            with pytest.raises(IntegrityError) as caught, transaction.atomic():
                Validation.objects.create(**values)
            assert caught.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]  # a database error has its cause
    with alpha.active(), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('kpis_validation', 'UPDATE')")
        assert cursor.fetchone() == (False,)


# --- the second signature (S4) ----------------------------------------------------------------


def test_more_than_was_claimed_waits_for_a_second_person(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    given = judge(alpha, decided, "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten")
    assert given.needs_second
    assert facts(alpha, decided, Month(2020, 1)).state is MonthState.AWAITING_SECOND
    assert series(alpha, decided, Series.ACTUAL_VALIDATED) == {}
    refused(alpha, Conflict, "already_validated", lambda: judge(alpha, decided, "2020-01"))
    segregated(alpha, "S4", lambda: second(alpha, given, "controller"))
    for name in ("owner", "pmo", "auditor"):
        refused(alpha, Forbidden, "forbidden", lambda n=name: second(alpha, given, n))
    assert second(alpha, given).has_second  # type: ignore[attr-defined]  # annotated, or a manager
    assert facts(alpha, decided, Month(2020, 1)).state is MonthState.ADJUSTED
    assert series(alpha, decided, Series.ACTUAL_VALIDATED) == {"2020-01": Decimal(8)}
    assert actions(alpha)[-1] == "adjustment.confirmed"
    refused(alpha, Conflict, "already_validated", lambda: second(alpha, given))


def test_a_later_claim_overtakes_what_waits(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    given = judge(alpha, decided, "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten")
    claim(alpha, decided, {"2020-01": "7"})
    refused(alpha, Conflict, "claim_changed", lambda: second(alpha, given))
    assert facts(alpha, decided, Month(2020, 1)).state is MonthState.CLAIMED
    assert judge(alpha, decided, "2020-01").amount == 7


def test_what_needs_no_second_takes_none(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    given = judge(alpha, decided, "2020-01", Outcome.ADJUSTED, amount="4", reason="Less")
    refused(alpha, Conflict, "already_validated", lambda: second(alpha, given))


def test_nothing_is_judged_on_hold(alpha: House, measure: Measure, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5", "2020-02": "5"})
    given = judge(alpha, decided, "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten")
    moved(alpha, measure, overlay="on_hold")
    refused(alpha, Conflict, "measure_on_hold", lambda: judge(alpha, decided, "2020-02"))
    refused(alpha, Conflict, "measure_on_hold", lambda: second(alpha, given))


def test_the_worklist_holds_what_waits_for_the_named_controller(
    alpha: House, measure: Measure, decided: Effect
) -> None:
    claim(alpha, decided, {"2020-01": "5", "2020-02": "6", "2020-03": "7", "2020-04": "8"})
    claim(alpha, decided, {"2020-01": "5.5", "2020-04": None})
    judge(alpha, decided, "2020-02")
    with alpha.active():
        mine = waiting_for(alpha.actor("controller")).order_by("month")
        assert [(row.month.month, row.amount) for row in mine] == [
            (1, Decimal("5.5")),
            (3, Decimal(7)),
        ]
        assert not waiting_for(alpha.actor("second_finance")).exists()
    moved(alpha, measure, overlay="on_hold")
    with alpha.active():
        assert not waiting_for(alpha.actor("controller")).exists()


def test_values_write_refuses_the_series_of_others(alpha: House, effect: Effect) -> None:
    for which in set(Series) - {Series.PLAN}:
        refused(
            alpha,
            Refused,
            "series_not_writable",
            lambda w=which: values_write(
                effect=effect, series=w, cells={}, seen_version=1, by=alpha.actor("pmo")
            ),
        )

"""Decisions about measures as full tables: who sets what, who judges whom, when one may go."""

from dataclasses import make_dataclass
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.people.choices import Permission, Role
from governance.people.rules import RIGHTS
from initiatives.choices import GovernabilityField, Overlay, Stage
from initiatives.rules import (
    CONTENT_FIELDS,
    EDITABLE_FIELDS,
    JUDGE_FIELDS,
    Hands,
    dates_refusal,
    degree_by_count,
    delete_refusal,
    fields_at_creation,
    is_live,
    may_set,
    missing_fields,
    people_refusal,
    settable_fields,
)
from initiatives.stage_models.definition import read_definition
from initiatives.stage_models.standard import STANDARD

SHIPPED = read_definition(STANDARD)

P = Permission
RIGHTS_ON_MEASURES = (
    P.MEASURE_EDIT,
    P.MEASURE_EDIT_OWN,
    P.MEASURE_SET_JUDGES,
    P.MEASURE_SET_CONTROLLER,
)


def all_hands() -> list[Hands]:
    """Every set of rights, on one's own measure and on another's."""
    return [
        Hands(frozenset(p for p, held in zip(RIGHTS_ON_MEASURES, bits, strict=True) if held), own)
        for bits in product([True, False], repeat=len(RIGHTS_ON_MEASURES))
        for own in (True, False)
    ]


def hands_id(hands: Hands) -> str:
    held = [right.name for right in RIGHTS_ON_MEASURES if hands.may(right)]
    return "-".join([*held, "own" if hands.is_owner else "other"])


@pytest.mark.parametrize("hands", all_hands(), ids=hands_id)
def test_who_may_set_which_field(hands: Hands) -> None:
    may = hands.may
    content = may(P.MEASURE_EDIT) or (hands.is_owner and may(P.MEASURE_EDIT_OWN))
    expected = (
        *(CONTENT_FIELDS if content else ()),
        *(JUDGE_FIELDS if may(P.MEASURE_SET_JUDGES) else ()),
        *(("controller",) if may(P.MEASURE_SET_CONTROLLER) else ()),
    )
    assert settable_fields(hands) == expected
    assert fields_at_creation(hands)[: len(CONTENT_FIELDS)] == CONTENT_FIELDS
    assert set(fields_at_creation(hands)) == set(CONTENT_FIELDS) | set(expected)


@pytest.mark.parametrize("hands", all_hands(), ids=hands_id)
def test_stage_and_overlay_are_nobodys_to_set(hands: Hands) -> None:
    """G1."""
    assert not any(may_set(field, hands) for field in ("stage", "overlay", "code", "value_minor"))


def test_no_owner_sets_who_judges_him() -> None:
    """S11."""
    hands = Hands(RIGHTS[Role.OWNER], is_owner=True)
    assert settable_fields(hands) == CONTENT_FIELDS


def test_seven_fields_make_a_measure_governable() -> None:
    names = [f"{field.value}_id" for field in GovernabilityField]
    assert len(names) == 7
    row = make_dataclass("Row", [(name, "int | None") for name in names])
    assert missing_fields(row(*[None] * 7)) == tuple(GovernabilityField)
    assert missing_fields(row(*[1] * 7)) == ()
    assert missing_fields(row(1, None, 1, 1, 1, 1, None)) == (
        GovernabilityField.SPONSOR,
        GovernabilityField.FORUM,
    )
    assert set(GovernabilityField.values) <= set(EDITABLE_FIELDS)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("was_requested", [True, False])
def test_a_measure_goes_only_early(stage: Stage, was_requested: object) -> None:
    """H3."""
    refusal = delete_refusal(stage, was_gate_requested=bool(was_requested))
    early = stage is Stage.IDENTIFIED and not was_requested
    assert refusal == (None if early else "not_identified")


PEOPLE = st.none() | st.integers(1, 3)


@given(PEOPLE, PEOPLE, PEOPLE)
def test_nobody_judges_himself(
    owner: int | None, sponsor: int | None, controller: int | None
) -> None:
    """S1, S2."""
    refusal = people_refusal(owner, sponsor, controller)
    if owner is not None and owner == sponsor:
        assert refusal == "owner_is_sponsor"
    elif controller is not None and controller in (owner, sponsor):
        assert refusal == "controller_is_judged"
    else:
        assert refusal is None


DAYS = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 5))


@given(DAYS, DAYS)
def test_an_end_does_not_come_before_its_start(start: date | None, end: date | None) -> None:
    refusal = dates_refusal({"planned_start": start, "planned_end": end})
    assert (refusal is not None) == (start is not None and end is not None and end < start)
    assert dates_refusal({}) is None


def test_the_ladder_has_five_stages_with_growing_weights() -> None:
    assert [stage.doi for stage in Stage] == [1, 2, 3, 4, 5]
    weights = [SHIPPED.weight(stage) for stage in Stage]
    assert weights == sorted(weights)
    assert weights[-1] == 1


def test_live_is_neither_held_nor_cancelled() -> None:
    assert [overlay for overlay in Overlay if is_live(overlay)] == [Overlay.ACTIVE]


@given(st.lists(st.tuples(st.sampled_from(Stage), st.integers(0, 50)), max_size=8))
def test_the_degree_by_count_is_the_mean_weight(pairs: list[tuple[Stage, int]]) -> None:
    """F1; nothing to divide by is nothing, not nought."""
    degree = degree_by_count((SHIPPED.weight(stage), number) for stage, number in pairs)
    weights = [SHIPPED.weight(stage) for stage, number in pairs for _one in range(number)]
    if not weights:
        assert degree is None
        return
    assert degree is not None
    assert abs(degree - sum(weights) / len(weights)) < Decimal("1e-20")
    assert Decimal("0.1") <= degree <= 1

"""What differs between two snapshots: nothing with itself, and enough to make one of the other."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from approvals.differences import Change, Difference, differences

WORDS = st.text("abc", min_size=1, max_size=3)
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | WORDS
PLAIN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4)
)
SNAPSHOTS = st.dictionaries(WORDS, PLAIN, max_size=4)


def positions(value: Any) -> Any:
    """Lists as mappings by position: what paths say of lists whose items carry no name."""
    if isinstance(value, list):
        return {f"{i:04}": positions(item) for i, item in enumerate(value, 1)}
    if isinstance(value, dict):
        return {name: positions(item) for name, item in value.items()}
    return value


def patched(value: Any, difference: Difference) -> None:
    *way, last = difference.path
    for name in way:
        value = value[name]
    if difference.change is Change.REMOVED:
        del value[last]
    else:
        value[last] = positions(difference.after)


@given(SNAPSHOTS)
def test_nothing_differs_from_itself(snapshot: dict[str, Any]) -> None:
    assert differences(snapshot, snapshot) == []


@given(SNAPSHOTS, SNAPSHOTS)
def test_differences_turn_the_one_into_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    value = positions(before)
    for difference in differences(before, after):
        patched(value, difference)
    assert repr_of(value) == repr_of(positions(after))


@given(SNAPSHOTS, SNAPSHOTS)
def test_the_way_back_is_the_mirror(before: dict[str, Any], after: dict[str, Any]) -> None:
    there = {repr(d) for d in differences(before, after)}
    assert {repr(d.reversed) for d in differences(after, before)} == there


def repr_of(value: Any) -> Any:
    """Told apart by type: `True` and `1` are two things in JSON; the order of names is none."""
    if isinstance(value, dict):
        return {name: repr_of(item) for name, item in value.items()}
    return repr(value)


def test_items_are_told_apart_by_their_title_not_by_their_place() -> None:
    pilot, rollout = {"title": "Pilot", "weight": "50"}, {"title": "Roll-out", "weight": "50"}
    before = {"milestones": [rollout]}
    after = {"milestones": [pilot, {**rollout, "weight": "60"}]}
    assert differences(before, after) == [
        Difference(("milestones", "Pilot"), Change.ADDED, after=pilot),
        Difference(("milestones", "Roll-out", "weight"), Change.CHANGED, "50", "60"),
    ]


def test_items_that_share_a_title_are_compared_by_place() -> None:
    twins = [{"title": "Pilot"}, {"title": "Pilot"}]
    assert [d.path for d in differences({"m": twins}, {"m": twins[:1]})] == [("m", "0002")]

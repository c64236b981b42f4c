"""Paths, ranges and where a node may stand (H2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.people.rules import covers, is_root, maximal
from governance.tree.choices import Level
from governance.tree.rules import below, code_text, move_refusal, path_end

PATHS = st.lists(st.integers(1, 10**12), min_size=1, max_size=5).map(
    lambda ids: "".join(f"{number}/" for number in ids)
)


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("portfolio", 1, "PF-01"),
        ("program", 3, "PG-003"),
        ("project", 12, "PJ-0012"),
        ("measure_package", 34, "PK-0034"),
        ("measure", 123, "M-000123"),
        ("measure", 1_234_567, "M-1234567"),
        ("portfolio", 100, "PF-100"),
    ],
)
def test_codes_have_a_prefix_and_grow_beyond_their_digits(
    kind: str, number: int, code: str
) -> None:
    assert code_text(kind, number) == code


@given(PATHS, PATHS)
def test_a_range_holds_exactly_the_node_and_what_is_below_it(path: str, other: str) -> None:
    """Both as bytes compare in the C order that the database uses."""
    in_range = path.encode() <= other.encode() < path_end(path).encode()
    assert in_range == covers(path, other)


def test_no_paths_are_no_rows() -> None:
    assert below([]).children == [("pk__in", [])]


@given(st.lists(PATHS, max_size=30))
def test_maximal_paths_cover_the_same_and_never_each_other(paths: list[str]) -> None:
    kept = maximal(paths)
    assert set(kept) <= set(paths)
    assert all(any(covers(top, path) for top in kept) for path in paths)
    assert not any(covers(a, b) for a in kept for b in kept if a != b)
    assert list(kept) == sorted(kept)


@given(st.lists(PATHS, max_size=30), PATHS)
def test_maximal_paths_decide_alike(paths: list[str], place: str) -> None:
    assert any(covers(path, place) for path in paths) == any(
        covers(path, place) for path in maximal(paths)
    )


@pytest.mark.parametrize(("path", "expected"), [("", True), ("1/", True), ("1/2/", False)])
def test_a_root_has_nothing_above_it(path: str, expected: object) -> None:
    assert is_root(path) is expected


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("parent", list(Level))
def test_a_node_stands_exactly_one_level_below_its_parent(level: Level, parent: Level) -> None:
    refusal = move_refusal(level, "1/2/", parent, "1/3/")
    assert refusal == (None if parent + 1 == level else "wrong_parent_level")


@given(PATHS, PATHS)
def test_nothing_moves_into_itself_or_below_itself(path: str, further: str) -> None:
    for target in (path, path + further):
        refusal = move_refusal(Level.PROGRAM, path, Level.PORTFOLIO, target)
        assert refusal == "move_into_itself"


def test_the_lowest_level_has_no_child() -> None:
    assert Level.PACKAGE.child is None
    assert Level.TENANT.child is Level.PORTFOLIO
    assert [level.word for level in Level] == [
        "tenant",
        "portfolio",
        "program",
        "project",
        "measure_package",
    ]

"""Pages by cursor: walking either way visits each row once, ties included, whatever the limit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Length
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.masterdata.models import BusinessUnit
from governance.web.cursors import sealed, unsealed
from governance.web.pages import MAX_LIMIT, BadCursor, Order, chosen_order, keyset_page, spellings
from tests.houses import House, World

ORDERS = {
    "name": Order("name", "sort_key"),
    "code": Order("code", "code"),
    "updated": Order("updated", "updated_at", is_descending=True),
    "length": Order("length", "length", expression=Length("name")),
    "id": Order("id", "id"),
}
# Few different words, so that most rows tie with others; quotes and signs to get in the way.
WORDS = st.sampled_from(["", "a", "a'b", "ä", "z%_", "0", "\U0001f600"])


@pytest.fixture
def house(in_alpha: House) -> House:
    return in_alpha


def fill(words: list[str]) -> None:
    now = timezone.now()
    BusinessUnit.objects.bulk_create(
        BusinessUnit(
            code=f"K{number:03d}",
            name=word,
            sort_key=word,
            updated_at=now - timedelta(seconds=len(word)),
        )
        for number, word in enumerate(words)
    )


def walk(order: Order, limit: int, *, back: bool = False) -> Iterator[list[int]]:
    """Ids page by page to the end, and then, if asked, all the way back."""
    rows = BusinessUnit.objects.filter(code__startswith="K")
    page = keyset_page(rows, order=order, limit=limit)
    assert page.previous is None
    while True:
        if not back:
            yield [row.pk for row in page.rows]
        if page.next is None:
            break
        page = keyset_page(rows, order=order, cursor=page.next, limit=limit)
    while back:
        yield [row.pk for row in page.rows]
        if page.previous is None:
            break
        page = keyset_page(rows, order=order, cursor=page.previous, limit=limit)


@given(
    words=st.lists(WORDS, max_size=25),
    name=st.sampled_from(sorted(ORDERS)),
    is_reversed=st.booleans(),
    limit=st.integers(1, 7),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_walking_there_and_back_visits_each_row_once(
    house: House, words: list[str], name: str, *, is_reversed: bool, limit: int
) -> None:
    order = ORDERS[name].reversed if is_reversed else ORDERS[name]
    with transaction.atomic():
        fill(words)
        there = list(walk(order, limit))
        back = list(walk(order, limit, back=True))
        direction = (lambda f: f.desc()) if order.is_descending else (lambda f: f.asc())
        rows = BusinessUnit.objects.filter(code__startswith="K").annotate(length=Length("name"))
        expected = list(
            rows.order_by(direction(F(order.field)), direction(F("id"))).values_list(
                "pk", flat=True
            )
        )
        transaction.set_rollback(True)
    assert [pk for page in there for pk in page] == expected
    assert [pk for page in reversed(back) for pk in page] == expected
    assert all(len(page) == limit for page in there[:-1])


def test_a_row_added_or_deleted_meanwhile_moves_no_other(house: House) -> None:
    """Pages by number would show the last row of the first page again."""
    fill(["b", "c", "d", "e", "f"])
    rows = BusinessUnit.objects.filter(code__startswith="K")
    first = keyset_page(rows, order=ORDERS["name"], limit=2)
    BusinessUnit.objects.create(code="K900", name="a", sort_key="a")
    BusinessUnit.objects.filter(name="c").delete()
    assert first.next is not None
    second = keyset_page(rows, order=ORDERS["name"], limit=2, cursor=first.next)
    assert [row.name for row in second.rows] == ["d", "e"]
    transaction.set_rollback(True)


def test_every_page_costs_one_query_and_the_limit_has_a_limit(house: House) -> None:
    fill(["x"] * 12)
    rows = BusinessUnit.objects.filter(code__startswith="K")
    cursor = ""
    for _page in range(3):
        with CaptureQueriesContext(connection) as queries:
            page = keyset_page(rows, order=ORDERS["updated"], limit=3, cursor=cursor)
        assert len(queries) == 1
        assert "LIMIT 4" in queries[0]["sql"]
        assert page.next is not None
        cursor = page.next
    with CaptureQueriesContext(connection) as queries:
        keyset_page(rows, order=ORDERS["name"], limit=10**9)
    assert f"LIMIT {MAX_LIMIT + 1}" in queries[0]["sql"]
    transaction.set_rollback(True)


def test_a_cursor_is_good_in_its_own_list_order_and_tenant_alone(world: World) -> None:
    with world.alpha.active():
        fill(["x"] * 3)
        rows = BusinessUnit.objects.filter(code__startswith="K")
        cursor = keyset_page(rows, order=ORDERS["name"], limit=1).next or ""
        for order in (ORDERS["code"], ORDERS["name"].reversed):
            with pytest.raises(BadCursor):
                keyset_page(rows, order=order, cursor=cursor)
        transaction.set_rollback(True)
    with world.beta.active(), pytest.raises(BadCursor):
        keyset_page(BusinessUnit.objects.all(), order=ORDERS["name"], cursor=cursor)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_other_text_is_no_cursor(text: str) -> None:
    assert unsealed(text) is None


FACTS = st.dictionaries(
    st.text(max_size=8), st.integers() | st.text(max_size=20) | st.booleans(), max_size=5
)


@given(FACTS)
def test_a_cursor_tells_nothing_and_cannot_be_forged(facts: dict[str, Any]) -> None:
    text = sealed(facts)
    assert unsealed(text) == facts
    assert sealed(facts) == text
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    for place in (0, len(text) // 2, len(text) - 2):
        other = "A" if text[place] != "A" else "B"
        assert unsealed(text[:place] + other + text[place + 1 :]) is None


def test_orders_are_spelled_with_and_without_a_minus() -> None:
    assert spellings({"name": ORDERS["name"]}) == ["name", "-name"]
    assert chosen_order(ORDERS, "", "name") == ORDERS["name"]
    assert chosen_order(ORDERS, "-name", "code") == ORDERS["name"].reversed
    assert chosen_order(ORDERS, "updated", "name").is_descending is False
    assert chosen_order(ORDERS, "-updated", "name").is_descending is True
    for unknown in ("--name", "x", "-"):
        with pytest.raises(KeyError):
            chosen_order(ORDERS, unknown, "name")

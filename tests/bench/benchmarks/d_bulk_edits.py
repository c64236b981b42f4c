"""A bulk edit: shown, written and undone, batch by batch by the rules of one measure."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.bulk.rules import BATCH, MOST_MEASURES
from initiatives.bulk.selectors import counts_of
from initiatives.bulk.services import asking
from initiatives.bulk.services.asking import BulkDraft, bulk_edit_prepare, bulk_edit_undo
from initiatives.models import Measure
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

SELECT = (
    "SELECT m.*, p.path, o.* FROM initiatives_measure m"
    " JOIN governance_node p ON p.id = m.package_id"
    " LEFT JOIN governance_membership o ON o.id = m.owner_id WHERE m.id = ANY(%s)"
)
UPDATE = (
    "UPDATE initiatives_measure SET planned_end = %s, version = version + 1"
    " WHERE tenant_id = %s AND id = ANY(%s)"
)
COPY = (
    "INSERT INTO initiatives_bulkeditrow (tenant_id, edit_id, position, measure_id, code, name,"
    " seen_version, written_version, state, refusal, voids_request, changes, before)"
    " SELECT tenant_id, %s, row_number() OVER (ORDER BY id), id, code, name, version, 0, 'waiting',"
    " '', false, '{}', '{}' FROM initiatives_measure WHERE tenant_id = %s AND id = ANY(%s)"
)
_days = (date(2030, 1, 1) + timedelta(days=n) for n in itertools.count())
_edits = itertools.count(1)


@dataclass(frozen=True)
class Bare:
    """The bare sides: all measures to copy, and those to read and write."""

    place: Place
    every: Sequence[int]
    others: Sequence[int]

    def copy(self) -> None:
        values = (-next(_edits), self.place.tenant_id, self.every)
        assert self.place.unguarded.execute(COPY.encode(), values).rowcount == len(self.every)

    def look(self) -> None:
        assert len(self.place.read(SELECT, (self.others,))) == len(self.others)

    def write(self) -> None:
        self.look()
        self._update()

    def write_twice(self) -> None:
        self.write()
        self._update()

    def _update(self) -> None:
        values = (next(_days), self.place.tenant_id, self.others)
        assert self.place.unguarded.execute(UPDATE.encode(), values).rowcount == len(self.others)


@benchmark(
    "A bulk edit",
    note=(
        "Its work is done in batches of 200, up to 200 at once and more by a worker; ten thousand "
        "measures are fifty times a batch. Asking for them only copies which ones are meant."
    ),
)
def bulk_edits(place: Place) -> Iterator[Pair]:
    """One batch, the first of two halves of measures; the bare side writes to the other half."""
    with place.house.active():
        every = list(Measure.objects.order_by("id").values_list("pk", flat=True)[:MOST_MEASURES])
    number = min(BATCH, len(every) // 2)
    mine, bare = every[:number], Bare(place, every, every[number : 2 * number])
    yield Pair(
        "asked for",
        lambda: only_asked(place, every),
        bare.copy,
        rows=len(every),
        note="The bare side is one INSERT of these rows out of the measures.",
    )
    yield Pair(
        "a batch shown",
        lambda: shown(place, mine, "ready"),
        bare.look,
        rows=number,
        note="The bare side is one SELECT of the measures with place and owner.",
    )
    yield Pair(
        "a batch shown and written",
        lambda: shown(place, mine, "written", applies=True),
        bare.write,
        rows=number,
        note="The bare side is that SELECT and one UPDATE without locks, rights, events, outbox.",
    )
    yield Pair(
        "a batch shown, written and undone",
        lambda: taken_back(place, mine),
        bare.write_twice,
        rows=number,
        note="The bare side is that SELECT and two such UPDATEs.",
    )


def only_asked(place: Place, ids: Sequence[int]) -> None:
    """Left to a worker however many they are, so that asking alone is measured."""
    usual, asking.AT_ONCE = asking.AT_ONCE, 0
    try:
        edit = prepared(place, ids)
    finally:
        asking.AT_ONCE = usual
    assert edit.total == len(ids)


def prepared(place: Place, ids: Sequence[int], *, applies: bool = False) -> BulkEdit:
    by = place.house.actor("pmo")
    draft = BulkDraft(ids, {"planned_end": next(_days)}, applies=applies)
    with place.house.active():
        return bulk_edit_prepare(draft=draft, by=by)


def shown(place: Place, ids: Sequence[int], state: str, *, applies: bool = False) -> BulkEdit:
    edit = prepared(place, ids, applies=applies)
    with place.house.active():
        assert BulkEditRow.objects.filter(edit=edit, state=state).count() == len(ids)
    return edit


def taken_back(place: Place, ids: Sequence[int]) -> None:
    edit, by = shown(place, ids, "written", applies=True), place.house.actor("pmo")
    with place.house.active():
        edit = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
        assert sum(counts_of(edit).by_state.values()) == len(ids)
        assert edit.state == "undone"

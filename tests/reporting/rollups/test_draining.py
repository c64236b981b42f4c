"""In which order tenants are drained: a large one keeps nobody waiting, one that fails nobody."""

import mmap
import os

import pytest
from django.db import DatabaseError
from django.db.models import Max

from governance.background import stopping
from governance.events.services import tenants_with_work
from governance.tenancy.models import Tenant
from reporting import tasks
from reporting.rollups import draining, services
from reporting.rollups.draining import Rounds
from reporting.rollups.models import RollUpMarker
from tests.houses import Plot, plot

pytestmark = pytest.mark.django_db
Batch = tuple[str, int]
SMALL = 100


class Book:
    """What was drained, in its order: the tenant and how many markers."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.failing: set[str] = set()

    def drain(self, tenant: Tenant, *, is_whole_first: bool = False) -> int:
        if tenant.slug in self.failing:
            raise DatabaseError(tenant.slug)
        done = services.drain(tenant, is_whole_first=is_whole_first)
        self.batches.append((tenant.slug, done))
        return done

    def of(self, slug: str) -> list[int]:
        return [place for place, (name, _done) in enumerate(self.batches) if name == slug]


@pytest.fixture
def book(db: None, monkeypatch: pytest.MonkeyPatch) -> Book:
    """Only tenants that the test makes: others may have left something waiting."""
    made, newest = Book(), Tenant.objects.aggregate(pk=Max("pk"))["pk"] or 0

    def ours(queue: str) -> list[int]:
        return [pk for pk in tenants_with_work(queue) if pk > newest]

    monkeypatch.setattr(draining, "drain", made.drain)
    monkeypatch.setattr(draining, "tenants_with_work", ours)
    # One batch of a whole tenant at a time, however fast that was.
    monkeypatch.setattr(services, "BULK_SECONDS", 0)
    return made


def mark(place: Plot, number: int = 1, *, is_bulk: bool = False) -> None:
    """Markers of nodes that are gone: they cost their batch and change nothing."""
    with place.active():
        RollUpMarker.objects.all().delete()
        markers = [RollUpMarker(node_id=10**9 + n, is_bulk=is_bulk) for n in range(number)]
        RollUpMarker.objects.bulk_create(markers)


def places(number: int, name: str) -> list[Plot]:
    return [plot(f"{name}-{n:03d}") for n in range(number)]


def quiet(*found: Plot) -> None:
    """Take away what making a tenant has marked."""
    for place in found:
        with place.active():
            RollUpMarker.objects.all().delete()


def test_a_hundred_small_tenants_do_not_wait_for_a_large_one(book: Book) -> None:
    large, small = plot("a-large"), places(SMALL, "small")
    mark(large, services.BULK_BATCH * 20, is_bulk=True)
    for place in small:
        mark(place)
    rounds = Rounds()
    assert rounds.once() >= SMALL
    assert {slug for slug, _done in book.batches[:SMALL]} == {p.tenant.slug for p in small}
    assert len(book.of(large.tenant.slug)) <= 1
    while not book.of(large.tenant.slug):
        rounds.once()
    mark(small[-1])
    before = len(book.batches)
    rounds.once()
    assert book.batches[before] == (small[-1].tenant.slug, 1)


def test_an_import_of_a_large_tenant_takes_its_turn_among_the_others(book: Book) -> None:
    large, small = plot("a-large"), plot("small")
    mark(large, services.BATCH_NODES * 5)
    mark(small)
    Rounds().once()
    assert book.batches[:2] == [("a-large", services.BATCH_NODES), ("small", 1)]


def test_of_nodes_marked_again_and_again_every_marker_goes_with_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = plot("again")
    monkeypatch.setattr(services, "BATCH_NODES", 2)
    with place.active():
        RollUpMarker.objects.all().delete()
        for node_id in (7, 5, 7, 9, 5, 9):
            RollUpMarker.objects.create(node_id=node_id)
        assert services.drain(place.tenant) == 4
        assert list(RollUpMarker.objects.values_list("node_id", flat=True)) == [9, 9]
        assert services.drain(place.tenant) == 2
        assert services.drain(place.tenant) == 0


def test_tenants_computed_anew_take_turns_by_batches(book: Book) -> None:
    first, second = places(2, "whole")
    quiet(first, second)
    for place in (first, second):
        mark(place, services.BULK_BATCH * 2, is_bulk=True)
    rounds = Rounds()
    while rounds.once():
        pass
    whole = [(place.tenant.slug, services.BULK_BATCH) for place in (first, second)]
    assert book.batches == [*whole, *whole]


def test_who_is_changed_all_the_time_is_computed_anew_all_the_same(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = plot("busy")
    mark(busy, services.BULK_BATCH, is_bulk=True)
    monkeypatch.setattr(draining, "WHOLE_SECONDS", -1.0)
    with busy.active():
        RollUpMarker.objects.create(node_id=10**9)
    Rounds().once()
    assert book.batches == [("busy", 1), ("busy", services.BULK_BATCH)]


def test_one_that_fails_is_left_alone_for_a_while_and_told_in_the_end(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing, healthy = plot("failing"), plot("healthy")
    book.failing.add("failing")
    mark(failing)
    mark(healthy)
    rounds = Rounds()
    assert rounds.once() == 1
    assert rounds.once() == 0
    assert [str(error) for error in rounds.errors] == ["failing"], "it was tried once"
    monkeypatch.setattr(draining, "REST_SECONDS", -1.0)
    mark(healthy)
    with pytest.raises(DatabaseError, match="failing"):
        tasks.drain_roll_ups()
    assert book.of("healthy") == [0, 1]
    book.failing.clear()
    assert tasks.drain_roll_ups() == 1
    assert tasks.drain_roll_ups() == 0


def test_a_worker_that_is_to_stop_begins_no_other_round(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = plot("waiting")
    mark(place, services.BATCH_NODES * 3)
    monkeypatch.setattr(tasks, "is_stopping", lambda: bool(book.batches))
    assert tasks.keep_roll_ups() == services.BATCH_NODES
    monkeypatch.setattr(tasks, "is_stopping", lambda: True)
    assert tasks.keep_roll_ups() == 0


def test_the_wish_to_stop_reaches_every_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_wish", mmap.mmap(-1, 1))
    assert not stopping.is_stopping()
    hand = os.fork()
    if hand == 0:
        stopping.ask_to_stop()
        os._exit(0)
    os.waitpid(hand, 0)
    assert stopping.is_stopping(), "what one process of a worker writes the others read"

"""Long files are made by a worker: once, with the rights of the moment, and found again."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from config.celery import app
from exchange.choices import ExportState
from exchange.exports import services
from exchange.exports.making import Wanted
from exchange.models import Export, FileChunk, StoredFile
from exchange.tasks import forget_exports, resume_exports
from governance.errors import Forbidden, Refused
from governance.events.models import OutboxEvent
from governance.people.choices import Role
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_revoke
from initiatives.models import Measure
from tests.exchange.taking_out import ask, rows_of, sheet_of
from tests.exchange.working import age, asked, fresh, key_of, made, note, run
from tests.houses import House, World
from tests.initiatives.making import make_measures


@pytest.fixture
def house(lasting_world: World, settings: Any) -> House:
    """A tenant with 30 measures, where lists of more than 10 rows are long."""
    settings.EXPORT_ROWS_AT_ONCE = 10
    make_measures(lasting_world.alpha, 30)
    return lasting_world.alpha


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.web.lists.batches.__defaults__", (7,))


def test_a_long_list_waits_for_a_worker_and_is_published(house: House) -> None:
    export = asked(house, format="xlsx")
    assert (export.state, export.format, export.file) == (ExportState.WAITING, "xlsx", None)
    with house.active():
        event = OutboxEvent.objects.get(topic=services.TOPIC)
    assert event.key == key_of(export)


def test_a_worker_makes_it_as_the_page_shows_it(house: House, small_batches: None) -> None:
    export = asked(house, query="ordering=-name&q=measure")
    assert run(house, export)
    done = fresh(house, export)
    assert (done.state, done.row_count, done.done) == (ExportState.DONE, 30, 30)
    assert done.file is not None
    client = house.client("pmo")
    answer = client.get(house.page(f"exports/{done.public_id}/file/"))
    names = [row["name"] for row in rows_of(answer.content)]
    assert names == [f"Measure {number:03}" for number in range(30, 0, -1)]
    assert answer["Content-Disposition"].startswith('attachment; filename="')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert (done.file.size, done.file.sha256) == (
        len(answer.content),
        hashlib.sha256(answer.content).hexdigest(),
    )
    assert made(house, export) == 1


def test_run_twice_it_is_made_once(house: House) -> None:
    export = asked(house)
    assert run(house, export)
    assert not run(house, export)
    with house.active():
        assert StoredFile.objects.count() == 1
    assert made(house, export) == 1


def test_two_workers_do_not_make_it_side_by_side(house: House) -> None:
    export = asked(house)
    with house.active():
        assert services.export_claim(key_of(export))
    assert not run(house, export)
    assert fresh(house, export).attempt == 1


def test_what_a_dead_worker_left_is_asked_for_again_and_the_dead_one_loses_its_turn(
    house: House,
) -> None:
    export = asked(house)
    with house.active():
        dead = services.export_claim(key_of(export))
        assert dead is not None
        OutboxEvent.objects.all().delete()
    assert resume_exports() == 0
    age(house, export, timedelta(minutes=2))
    assert resume_exports() >= 1
    with house.active():
        assert OutboxEvent.objects.get(topic=services.TOPIC).key == key_of(export)
        assert not services.export_progress(dead, done=1, total=30)
    assert run(house, export)
    with house.active():
        assert not services.export_progress(dead, done=1, total=30)
    assert fresh(house, export).state == ExportState.DONE


def test_one_that_is_overtaken_while_it_works_writes_nothing_more(
    house: House, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(house)
    real = services.export_progress

    def overtaken(run: Export, *, done: int, total: int) -> bool:
        if done:
            Export.objects.filter(pk=run.pk).update(attempt=9)
        return real(run, done=done, total=total)

    monkeypatch.setattr(services, "export_progress", overtaken)
    assert not run(house, export)
    assert fresh(house, export).state == ExportState.WORKING
    with house.active():
        assert StoredFile.objects.count() == 0
    assert made(house, export) == 0


def test_one_that_fails_again_and_again_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(house)

    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("exchange.exports.making.write_csv", broken)
    for _attempt in range(services.MOST_ATTEMPTS):
        with pytest.raises(RuntimeError):
            run(house, export)
        age(house, export, timedelta(minutes=2))
        resume_exports()
    assert not run(house, export)
    done = fresh(house, export)
    assert (done.state, done.failure) == (ExportState.FAILED, "export_broken")
    page = house.client("pmo").get(house.page("exports/")).content.decode()
    assert "tried several times" in page


def test_it_takes_out_what_the_person_may_see_when_it_is_made(house: House) -> None:
    export = asked(house)
    with house.active():
        grant = NodeGrant.objects.get(membership=house.people["pmo"])
        role_revoke(grant_id=str(grant.public_id), by=house.system(Role.ADMINISTRATOR))
    assert not run(house, export)
    done = fresh(house, export)
    assert (done.state, done.failure, done.file) == (ExportState.FAILED, "not_found", None)
    assert made(house, export) == 0


def test_a_former_member_takes_nothing_out(house: House) -> None:
    export = asked(house)
    with house.active():
        note(house)
        member = house.people["pmo"]
        type(member).objects.filter(pk=member.pk).update(ended_at=timezone.now())
    assert not run(house, export)
    assert fresh(house, export).failure == "forbidden"


def test_rows_that_change_their_place_meanwhile_are_in_it_once(
    house: House, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(house, query="ordering=name")
    real = services.export_progress

    def renaming(run: Export, *, done: int, total: int) -> bool:
        if done == 7:
            note(house)
            first = Measure.objects.order_by("sort_key")[0]
            Measure.objects.filter(pk=first.pk).update(sort_key="zzz")
        return real(run, done=done, total=total)

    monkeypatch.setattr(services, "export_progress", renaming)
    assert run(house, export)
    url = house.page(f"exports/{export.public_id}/file/")
    names = [row["name"] for row in rows_of(house.client("pmo").get(url).content)]
    assert names == [f"Measure {number:03}" for number in range(1, 31)]


def test_the_page_shows_progress_and_asks_again_with_and_without_scripts(house: House) -> None:
    export = asked(house)
    with house.active():
        claimed = services.export_claim(key_of(export))
        assert claimed is not None
        services.export_progress(claimed, done=12, total=30)
    client = house.client("pmo")
    page = client.get(house.page("exports/")).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert re.search(r'<noscript>\s*<meta http-equiv="refresh" content="5">\s*</noscript>', page)
    assert '<progress value="12"' in page
    headers = {"HX-Request": "true", "HX-Target": "exports"}
    part = client.get(house.page("exports/"), headers=headers).content.decode()
    assert part.lstrip().startswith('<div id="exports"')
    age(house, export, timedelta(minutes=2))
    run(house, export)
    page = client.get(house.page("exports/")).content.decode()
    assert "hx-trigger" not in page.partition('id="exports"')[2].partition(">")[0]
    assert "http-equiv" not in page
    assert f"exports/{export.public_id}/file/" in page


def test_a_file_that_is_not_ready_says_so(house: House) -> None:
    export = asked(house)
    answer = house.client("pmo").get(house.page(f"exports/{export.public_id}/file/"))
    assert answer.status_code == 409
    assert "not ready" in answer.content.decode()


def test_nobody_sees_what_others_take_out(house: House, lasting_world: World) -> None:
    export = asked(house)
    run(house, export)
    for client in (house.client("administrator"), lasting_world.beta.client("pmo")):
        for path in ("file/", "delete/"):
            assert client.get(house.page(f"exports/{export.public_id}/{path}")).status_code == 404
    assert house.client("administrator").post(_delete(house, export)).status_code == 404
    page = house.client("administrator").get(house.page("exports/")).content.decode()
    assert "No exports yet" in page
    with house.active(), pytest.raises(Forbidden):
        services.export_delete(export=export, by=house.actor("administrator"))
    assert fresh(house, export).state == ExportState.DONE


def _delete(house: House, export: Export) -> str:
    return house.page(f"exports/{export.public_id}/delete/")


def test_a_deleted_export_leaves_nothing(house: House) -> None:
    export = asked(house)
    run(house, export)
    client = house.client("pmo")
    assert (
        "Delete the export of Measures as CSV?"
        in client.get(_delete(house, export)).content.decode()
    )
    assert client.post(_delete(house, export)).status_code == 302
    with house.active():
        assert not Export.objects.exists()
        assert not StoredFile.objects.exists()
        assert not FileChunk.objects.exists()


def test_one_deleted_while_it_is_made_comes_to_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked(house)
    real = services.export_finish

    def late(run: Export, **more: Any) -> bool:
        Export.objects.filter(pk=run.pk).delete()
        return real(run, **more)

    monkeypatch.setattr(services, "export_finish", late)
    assert not run(house, export)
    with house.active():
        assert not StoredFile.objects.exists()
    assert made(house, export) == 0


def test_files_are_forgotten_after_a_week(house: House) -> None:
    old, new = asked(house), asked(house)
    run(house, old)
    run(house, new)
    with house.active():
        week = timezone.now() - timedelta(days=7, minutes=1)
        Export.objects.filter(pk=old.pk).update(created_at=week)
    assert forget_exports() >= 1
    with house.active():
        assert list(Export.objects.values_list("pk", flat=True)) == [new.pk]
        assert StoredFile.objects.count() == 1


def test_one_keeps_fifty_at_most(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_KEPT", 2)
    by = house.actor("pmo")
    with house.active():
        for _number in range(2):
            services.export_request(wanted=Wanted("measures"), tenant=house.tenant, by=by)
        with pytest.raises(Refused) as refused:
            services.export_request(wanted=Wanted("measures"), tenant=house.tenant, by=by)
    assert refused.value.code == "too_many_exports"
    answer = ask(house, "pmo", "measures")
    assert answer.status_code == 422
    assert "delete some first" in answer.content.decode()


def test_a_file_larger_than_memory_should_hold_comes_from_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.exports.answers.IN_MEMORY", 100)
    monkeypatch.setattr(services, "CHUNK", 1000)
    export = asked(house, format="xlsx")
    run(house, export)
    with house.active():
        assert FileChunk.objects.count() > 3
    answer = house.client("pmo").get(house.page(f"exports/{export.public_id}/file/"))
    assert answer.streaming
    assert len(sheet_of(b"".join(answer.streaming_content))) == 31
    assert answer["Content-Disposition"].startswith("attachment")


def test_long_work_goes_to_the_queue_of_long_work() -> None:
    assert app.amqp.router.route({}, "exchange.make_export")["queue"].name == "bulk"
    assert app.amqp.router.route({}, "governance.drain_outbox")["queue"].name == "interactive"

"""Workers that die, come twice or work side by side: nothing lost, nothing doubled."""

import threading
from typing import Any

import pytest
from django.db import connection

from exchange.choices import ImportState, ProfileCode
from exchange.models import Import, ImportProgress, ImportRow
from exchange.services import checking
from exchange.services.apply_measures import MeasureWriter
from exchange.services.applying import import_apply
from exchange.services.uploads import import_map, import_upload
from exchange.services.work import import_work, imports_resume
from exchange.tasks import resume_imports
from governance.audit.selectors import verify
from governance.audit.services import seal
from governance.events.services import tenants_with_work
from governance.tenancy.context import tenant_transaction
from initiatives.models import Measure
from tests.exchange.importing import fresh
from tests.houses import House

ROWS = 2_500


def content(rows: int = ROWS) -> bytes:
    lines = ["external_id,name,project"]
    lines += [f"N{number},Measure {number},PJ-0001" for number in range(rows)]
    return "\n".join(lines).encode()


class Killed(BaseException):
    """What a worker that is killed never gets to handle."""


@pytest.fixture
def alpha(lasting_world: Any) -> House:
    return lasting_world.alpha


def work(run: Import) -> Import:
    import_work(run.tenant_id, str(run.public_id))
    with tenant_transaction(run.tenant_id):
        return fresh(run)


def mapped(house: House) -> Import:
    by = house.actor("pmo")
    with house.active():
        run = import_upload(name="x.csv", content=[content()], profile=ProfileCode.MEASURES, by=by)
    run = work(run)
    with house.active():
        return import_map(
            run=run, mapping=run.mapping, options=run.options, seen_version=run.version, by=by
        )


def asked(house: House, run: Import) -> Import:
    with house.active():
        return import_apply(
            run=run, seen_version=run.version, leaves_out_refused=False, by=house.actor("pmo")
        )


def test_a_check_that_was_killed_goes_on_where_it_was(
    alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = mapped(alpha)
    real, batches = checking._stage, []

    def stage(*args: Any) -> bool:
        if len(batches) == 2:
            raise Killed
        batches.append(1)
        return real(*args)

    monkeypatch.setattr(checking, "_stage", stage)
    with pytest.raises(Killed):
        work(run)
    monkeypatch.setattr(checking, "_stage", real)
    with alpha.active():
        assert ImportRow.objects.filter(run=run).count() == 2_000
    run = work(run)
    assert (run.state, run.counts["create"]) == (ImportState.CHECKED, ROWS)
    with alpha.active():
        numbers = list(ImportRow.objects.filter(run=run).values_list("number", flat=True))
    assert sorted(numbers) == list(range(2, ROWS + 2))


def test_an_import_that_was_killed_leaves_nothing_and_is_done_once(
    alpha: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = asked(alpha, work(mapped(alpha)))
    real, chunks = MeasureWriter.write, []

    def write(writer: MeasureWriter, rows: Any) -> None:
        if len(chunks) == 2:
            raise Killed
        chunks.append(1)
        real(writer, rows)

    monkeypatch.setattr(MeasureWriter, "write", write)
    with pytest.raises(Killed):
        work(run)
    with alpha.active():
        assert Measure.objects.count() == 0
        assert fresh(run).state == ImportState.APPLYING
        assert ImportProgress.objects.get(run=run).done == 2_000, "told beside the transaction"
    monkeypatch.setattr(MeasureWriter, "write", real)
    run = work(run)
    assert run.state == ImportState.APPLIED
    with alpha.active():
        assert Measure.objects.count() == ROWS
        while seal() > 0:
            pass
        assert verify().fault is None


def test_two_workers_at_once_write_once(alpha: House) -> None:
    run = asked(alpha, work(mapped(alpha)))
    faults: list[BaseException] = []

    def one() -> None:
        try:
            import_work(run.tenant_id, str(run.public_id))
        except BaseException as error:  # noqa: BLE001  # told to the test's own thread
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with alpha.active():
        assert Measure.objects.count() == ROWS
        assert fresh(run).state == ImportState.APPLIED


def test_what_a_dead_worker_left_is_taken_up(alpha: House) -> None:
    run = mapped(alpha)
    assert imports_resume(run.tenant_id) == 0, "its worker was heard of just now"
    with alpha.active(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_importprogress SET beat_at = now() - interval '1 minute'"
            " WHERE tenant_id = current_tenant() AND run_id = %s",
            [run.pk],
        )
    assert run.tenant_id in tenants_with_work("imports")
    assert resume_imports() >= 1
    assert run.tenant_id not in tenants_with_work("imports")

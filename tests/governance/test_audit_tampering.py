"""Tampering by the owner of the database is found and named by `verify_audit` (A2).

`tests.governance.attacks` holds the matrix: attack, what is named, and whether it takes a head
that was exported before.
"""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from governance.audit import selectors
from governance.audit.selectors import audit_head
from governance.management.commands.verify_audit import Command
from local.home import PROJECT
from tests.governance.attacks import LIMITS, MATRIX, Attack, edit
from tests.governance.forging import EVENTS, SEALS, Forger, write
from tests.houses import Plot, plot
from tests.sealing import seal_all

BATCHES = 3
SPARE = 5
Verify = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def sealed_tenants(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[Plot]:
    """Small tenants with three sealed batches each, one for every test of this module.

    Sealing waits for other test processes, so that all wait together.
    """
    needed = len(MATRIX) + len(LIMITS) + SPARE
    with django_db_blocker.unblock():
        plots = [plot(f"forged-{uuid.uuid4().hex[:10]}") for _test in range(needed + 1)]
        for number in range(BATCHES):
            for tenant in plots:
                write(tenant, number)
            for tenant in plots:
                assert seal_all(tenant).batch >= number + 1
    return plots


@pytest.fixture
def house(transactional_db: None, sealed_tenants: list[Plot]) -> Plot:
    return sealed_tenants.pop()


@pytest.fixture
def forger(
    house: Plot, sealed_tenants: list[Plot], migrator_connection: psycopg.Connection
) -> Forger:
    """Works on `house`; the tenant beside it is there to take from, and is of no further use."""
    return Forger(house, sealed_tenants[0], migrator_connection)


@pytest.fixture
def exported(house: Plot, tmp_path: Path) -> Path:
    """The head of the untouched chain, as kept elsewhere."""
    with house.active():
        head = audit_head()
    assert head.batch == BATCHES
    path = tmp_path / "head.jsonl"
    path.write_text(json.dumps(head.as_dict()), encoding="utf-8")
    return path


@pytest.fixture
def verify(house: Plot, capsys: pytest.CaptureFixture[str]) -> Verify:
    """The command as a shell runs it: its exit status, and what it printed."""

    def run(head: Path | None = None) -> tuple[int, str]:
        against = ["--head", str(head)] if head else []
        arguments = ["manage.py", "verify_audit", "--tenant", house.tenant.slug, *against]
        status = 0
        try:
            Command().run_from_argv(arguments)
        except SystemExit as end:
            status = int(str(end.code))
        printed = capsys.readouterr()
        return status, printed.err if status else printed.out

    return run


@pytest.mark.parametrize("attack", MATRIX, ids=lambda attack: attack.name.replace(" ", "-"))
def test_an_attack_is_found_and_named(
    attack: Attack, house: Plot, forger: Forger, exported: Path, verify: Verify
) -> None:
    named = attack.work(forger)
    if attack.needs_head:
        assert verify()[0] == 0, "it shows inside the database already: the matrix says too little"
        status, printed = verify(exported)
    else:
        status, printed = verify()
        assert verify(exported)[0] == 1
    assert status == 1
    where = f"batch {attack.batch}" if attack.batch else "the whole trail"
    assert f"{house.tenant.slug}: {where}: " in printed
    assert attack.says in printed
    assert ("(event" in printed) is bool(named)
    assert named in printed


@pytest.mark.parametrize("attack", LIMITS, ids=lambda attack: attack.name.replace(" ", "-"))
def test_what_the_documents_say_is_not_found_is_not_found(
    attack: Attack, forger: Forger, exported: Path, verify: Verify
) -> None:
    """Should one of these turn out found, the documents say too little of us."""
    attack.work(forger)
    assert verify()[0] == verify(exported)[0] == 0


def test_untouched_the_chain_holds_with_and_without_its_head(
    house: Plot, exported: Path, verify: Verify
) -> None:
    assert verify() == verify(exported)
    status, printed = verify()
    assert status == 0
    assert f"{house.tenant.slug}: {BATCHES} batches with 11 events hold; 0 not yet" in printed


def test_later_batches_keep_an_older_head_good(house: Plot, exported: Path, verify: Verify) -> None:
    write(house, 9)
    seal_all(house)
    assert verify(exported)[0] == 0


def test_a_process_of_its_own_ends_with_status_1_and_the_first_fault(
    house: Plot, forger: Forger
) -> None:
    event_id = edit(forger)
    outcome = subprocess.run(
        [sys.executable, "manage.py", "verify_audit", "--tenant", house.tenant.slug],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    fault = f"batch 2: an event was edited after it was sealed (event {event_id})"
    assert outcome.stderr.strip().endswith(f"{house.tenant.slug}: {fault}")


def test_the_guards_stop_even_the_owner(forger: Forger) -> None:
    execute, tenant = forger.connection.execute, [forger.tenant]
    refusals: list[Callable[[], object]] = [
        lambda: execute(f"UPDATE {EVENTS} SET body = body || ' ' WHERE tenant_id = %s", tenant),
        lambda: execute(f"DELETE FROM {SEALS} WHERE tenant_id = %s", tenant),
        lambda: execute(f"TRUNCATE {EVENTS}"),
        lambda: execute(f"TRUNCATE {SEALS} CASCADE"),
    ]
    for attempt in refusals:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            attempt()


def test_a_verification_holds_a_page_of_the_chain_at_a_time(
    house: Plot, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seals carry 48 bytes an event: all at once they would be as large as the trail."""
    monkeypatch.setattr("governance.audit.selectors.SEAL_PAGE", 2)
    monkeypatch.setattr("governance.audit.selectors.EVENT_PAGE", 2)
    with house.active(), CaptureQueriesContext(connection) as queries:
        found = selectors.verify()
    assert (found.fault, found.head.batch, found.head.events) == (None, BATCHES, 11)
    pages = [q["sql"] for q in queries if re.search(r'SELECT .*"(?:body|leaves)".* FROM', q["sql"])]
    assert len(pages) == 3 + 7
    assert all("LIMIT" in page for page in pages)
    last_id, event_id = forger.events(3)[-1]
    forger.edit(last_id)
    with house.active():
        fault = selectors.verify().fault
    assert fault is not None
    assert (fault.batch, fault.event_id) == (3, event_id)

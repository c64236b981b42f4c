"""kill -9 over web, worker, scheduler and database while writing: nothing lost, nothing doubled.

`make kill` runs it; KILL_SECONDS, KILL_PAUSE and KILL_SEED say how long, how often, and in which
order. What it found is printed at the end.
"""

import os
import random
import time
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest

from local.home import Home
from tests.campaigns.books import Books
from tests.campaigns.calling import Client, Ledger
from tests.campaigns.clients import SharedWriter, clients_for
from tests.campaigns.killing import WEIGHTS, Killer
from tests.campaigns.product import SLUG, HeadExporter, Product, Setting
from tests.local.homes import eventually
from tests.local.test_launcher import processes_of

pytestmark = [pytest.mark.slow, pytest.mark.processes]

SECONDS = float(os.environ.get("KILL_SECONDS", "30"))
PAUSE = float(os.environ.get("KILL_PAUSE", "5"))
SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
SETTLE_SECONDS = 180.0
PATIENT_SECONDS = 20.0
LOOK_SECONDS = 0.1


def shared_measure(setting: Setting, port: int) -> str:
    caller = SharedWriter("setting", port, setting.tokens[0], "")
    made = caller.post("create", "measures/", {"name": "shared", "project": setting.project})
    return str(made["code"])


def acknowledged(clients: list[Client]) -> int:
    return sum(client.ledger.acknowledged.total() for client in clients)


def write_and_kill(product: Product, clients: list[Client], killer: Killer) -> float:
    """Writers in threads; here, in the thread that all processes are children of, the killing.

    Returns how many seconds were written.
    """
    started = time.monotonic()
    for client in clients:
        client.start()
    end = started + SECONDS
    next_kill, written = started + killer.next_pause(), 0
    while time.monotonic() < end or killer.first:
        product.mend()
        late = time.monotonic() - next_kill
        # A slow machine would be killed while it starts and never write: mostly wait for a write.
        if late > PATIENT_SECONDS or (late > 0 and (acknowledged(clients) > written)):
            killer.strike()
            written = acknowledged(clients) if killer.is_patient() else -1
            next_kill = time.monotonic() + killer.next_pause()
        time.sleep(LOOK_SECONDS)
    for client in clients:
        client.stopping.set()
    deadline = time.monotonic() + SETTLE_SECONDS
    while any(client.is_alive() for client in clients) and time.monotonic() < deadline:
        product.mend()
        time.sleep(LOOK_SECONDS)
    assert not any(client.is_alive() for client in clients), "a writer never came to its end"
    return time.monotonic() - started


def settle(product: Product) -> None:
    """Until every event has been handed over, acted on and sealed."""

    def is_quiet() -> bool:
        product.mend()
        with product.superuser() as owner:
            books = Books(owner)
            return books.waiting() == 0 and books.notes_missing() == 0

    assert eventually(lambda: product.mend() or product.server.is_ready(), 30)
    product.restart_workers()
    if not eventually(is_quiet, SETTLE_SECONDS):
        with product.superuser() as owner:
            books = Books(owner)
            pytest.fail(f"{books.waiting()} events wait, {books.notes_missing()} were not acted on")


def doubled_mails(home: Home) -> tuple[int, int]:
    """Mails sent, and those sent again: a kill between sending and committing repeats one."""
    sent: Counter[str] = Counter()
    for path in (home.root / "mailbox").glob("*"):
        for part in path.read_bytes().split(b"-" * 79 + b"\n"):
            if part.strip():
                sent[str(message_from_bytes(part)["Message-ID"])] += 1
    return len(sent), sum(sent.values()) - len(sent)


def summary(facts: dict[str, object]) -> str:
    width = max(len(name) for name in facts)
    lines = [f"  {name:<{width}}  {fact}" for name, fact in facts.items()]
    return "\n".join(["", "kill -9 campaign", *lines, ""])


def words(counts: Counter[str] | Counter[int]) -> str:
    found = ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str))
    return f"{counts.total()} ({found})"


def verified(product: Product, heads: HeadExporter) -> list[str]:
    """What `verify_audit` says against every head exported meanwhile, and one of now."""
    heads.export()
    paths = sorted(heads.folder.glob("head-*"))
    return [product.python("manage.py", "verify_audit", "--head", str(path)) for path in paths]


def reckoned(clients: list[Client]) -> Ledger:
    total = Ledger()
    for client in clients:
        total.add(client.ledger)
    return total


def test_whatever_is_killed_nothing_is_lost_and_nothing_doubled(
    product: Product, campaign_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = product.set_up()
    clients = clients_for(setting, product.port, SEED, shared_measure(setting, product.port))
    killer = Killer(product, SEED, PAUSE)
    heads = HeadExporter(product, tmp_path, max(5.0, SECONDS / 6))
    heads.start()
    seconds = write_and_kill(product, clients, killer)
    heads.done.set()
    heads.join()
    settle(product)
    said = verified(product, heads)
    with product.superuser() as owner:
        books = Books(owner)
        complaints = [text for client in clients for text in client.complaints(books)]
        complaints += books.wrong_notes()
        sealing = books.sealing()
    ledger = reckoned(clients)
    mails, again = doubled_mails(campaign_home)
    product.stop()
    is_all_gone = eventually(lambda: processes_of(campaign_home) == {}, 30)
    facts = {
        "seed": SEED,
        "seconds of writing": f"{seconds:.0f}",
        "kills": words(killer.kills),
        "restarts": words(product.restarts),
        "failed starts": len(product.failed_starts),
        "writes acknowledged": words(ledger.acknowledged),
        "without an answer": ledger.uncertain,
        "sent again": ledger.retried,
        "found done after no answer": ledger.found_done,
        "answers by status": words(ledger.statuses),
        "audit": f"{sealing}, hold against {len(said)} exported heads",
        "mails": f"{mails}, sent again {again}",
        "lost or doubled": len(complaints),
        "surprises": len(ledger.surprises),
    }
    with capsys.disabled():
        print(summary(facts))  # noqa: T201  # the figures are what the campaign is for
    assert (complaints, ledger.surprises, product.failed_starts) == ([], [], [])
    assert all(f"{SLUG}: " in text for text in said)
    assert is_all_gone, f"processes were left behind: {processes_of(campaign_home)}"
    assert set(killer.kills) == set(WEIGHTS)

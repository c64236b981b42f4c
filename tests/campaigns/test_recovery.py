"""After each kind of kill everything works again by itself, with what ended started anew."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest

from tests.campaigns.books import Books
from tests.campaigns.clients import Inviter
from tests.campaigns.killing import WEIGHTS, Killer
from tests.campaigns.product import Product, Setting
from tests.local.homes import eventually

pytestmark = [pytest.mark.slow, pytest.mark.processes]

# Far below half an hour, after which a message that a killed worker had taken comes back.
SECONDS = 40.0


@pytest.fixture(scope="module")
def setting(product: Product) -> Setting:
    made = product.set_up()
    assert eventually(mended(product), SECONDS)
    return made


def mended(product: Product) -> Callable[[], bool]:
    """Whether all that was written has been handed over, acted on and sealed."""

    def is_quiet() -> bool:
        product.mend()
        with suppress(psycopg.OperationalError, SystemExit), product.superuser() as owner:
            books = Books(owner)
            return books.waiting() == 0 and books.notes_missing() == 0
        return False

    return is_quiet


@pytest.mark.parametrize("kind", WEIGHTS)
def test_what_is_written_after_a_kill_is_handed_over_and_sealed(
    product: Product, setting: Setting, kind: str
) -> None:
    killer = Killer(product, 1, 1)
    killer.first = [kind]
    assert eventually(lambda: killer.strike() and not killer.first, 10)
    client = Inviter(f"after-{kind.replace(' ', '-')}".replace("'", ""), product.port, "")
    client.token = setting.administrator
    started = time.monotonic()
    writing = threading.Thread(target=client.once, daemon=True)
    writing.start()
    assert eventually(lambda: product.mend() or not writing.is_alive(), SECONDS)
    assert client.ledger.acknowledged["person"] == 1
    done = eventually(mended(product), SECONDS)
    print(f"{kind}: {time.monotonic() - started:.1f} s")  # noqa: T201  # shown when it fails
    with product.superuser() as owner:
        books = Books(owner)
        waiting = (books.waiting(), books.notes_missing())
    assert done, f"{waiting} wait or were not acted on {SECONDS:.0f} s after a kill of: {kind}"

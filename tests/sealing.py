"""Seals what a test has committed, waiting for the transactions of other tests to end."""

import time

from governance.audit.selectors import Head, audit_head, unsealed_count
from governance.audit.services import seal
from tests.houses import Plot

# An import of a hundred thousand rows in another test process is one transaction.
PATIENCE = 180


def seal_all(house: Plot) -> Head:
    """Seal every event of a tenant; an older transaction anywhere holds the sealing back."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with house.active():
            seal()
            if unsealed_count() == 0:
                return audit_head()
        if time.monotonic() > deadline:
            raise TimeoutError("some transaction does not end")
        time.sleep(0.05)

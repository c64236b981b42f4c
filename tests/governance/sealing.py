"""Sealing in tests, beside other test processes whose transactions hold it back for a moment."""

import time

from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.selectors import unsealed_count
from governance.audit.services import seal
from tests.houses import Plot

PATIENCE = 150


def seal_all(house: Plot) -> int:
    """Seal until nothing waits; how many batches there are then.

    An event is ready once no transaction of the whole server is older; others come and go.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with house.active():
            seal()
        with house.active():
            if unsealed_count() == 0:
                return AuditSeal.objects.count()
        time.sleep(0.02)
    raise TimeoutError("some transaction of the server stayed open")


def event_ids(house: Plot) -> list[str]:
    with house.active():
        return list(AuditEvent.objects.order_by("txid", "id").values_list("public_id", flat=True))

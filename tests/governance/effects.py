"""One task more for the product's own worker, for tests of delivery: `--include` loads it."""

import os
import time
from pathlib import Path
from typing import Any

from config.celery import app
from governance.events.models import OutboxEvent
from governance.events.services import consume_once
from governance.tenancy.context import tenant_transaction

EFFECT, DONE = "tests.effect", "tests.effect_done"


@app.task(name=EFFECT)
def effect(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Act once per event, slowly; a file says that the work has begun."""
    with tenant_transaction(tenant_id):
        if not consume_once(EFFECT, event_id):
            return
        OutboxEvent.objects.create(topic=DONE, key=key, payload=payload)
        (Path(os.environ["MARK_FOLDER"]) / f"{key}.{os.getpid()}").touch()
        time.sleep(float(payload["seconds"]))

"""Makes a worker wait between deciding a level and telling of it: `--include` loads it.

What is overdue comes from the environment, so that no other source has to be prepared.
"""

import json
import os
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from approvals.escalations import registry
from approvals.escalations.choices import Tier
from approvals.escalations.registry import Overdue, Source
from approvals.escalations.services import running
from governance.tenancy.context import active_tenant_id

OWED = json.loads(os.environ.get("OWED", "{}"))
tell = running._tell


def mark(name: str) -> None:
    folder = Path(os.environ["MARK_FOLDER"])
    (folder / f"{name}.{len(list(folder.iterdir()))}").touch()


def due(now: datetime) -> Iterable[Overdue]:
    if active_tenant_id() != OWED.get("tenant"):
        return
    mark("run")
    for number in range(OWED["count"]):
        yield Overdue(
            key=str(number),
            subject_type="thing",
            subject_id=1,
            code="M-000001",
            label=f"Thing {number}",
            link="",
            place_id=OWED["place"],
            due_at=now - timedelta(days=30),
            owes=(OWED["owner"],),
        )


def slowly(run: Any) -> None:
    """Levels and receivers are written; a file says so before anybody is told.

    Only in the tenant of the test: others, left by tests before, run first and may tell as well.
    """
    if run.tellings and active_tenant_id() == OWED.get("tenant"):
        mark("deciding")
        time.sleep(float(os.environ.get("SLOW_SECONDS", "0")))
    tell(run)


running._tell = slowly
registry.register(
    Source(
        "desk", "Thing", is_finance=False, shipped={Tier.OWES: 1}, due=due, settled=lambda _k: {}
    )
)

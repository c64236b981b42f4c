"""Subscribers for the campaign, in the product's own worker (`--include` loads them).

Each writes one row that nothing keeps unique: an event consumed twice would show as two.
"""

from typing import Any

from django.db import connection

from config.celery import app
from governance.events.registry import subscribe
from governance.events.services import consume_once
from governance.tenancy.context import tenant_transaction

TOPICS = ("measure.created", "measure.changed", "measure.moved", "values.changed")
TABLE = "campaign_note"


def note(topic: str, tenant_id: int, event_id: str, key: str) -> None:
    """Note an event, in the transaction that remembers it as consumed."""
    with tenant_transaction(tenant_id):
        if consume_once(f"campaign.{topic}", event_id):
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {TABLE} (topic, key) VALUES (%s, %s)", [topic, key])


def listen(topic: str) -> None:
    """Make a task for a topic and subscribe it."""

    @app.task(name=f"campaign.{topic}")
    def noting(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
        note(topic, tenant_id, event_id, key)

    subscribe(topic, f"campaign.{topic}")


for name in TOPICS:
    listen(name)

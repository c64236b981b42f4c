"""Noting what an import touched, so that its undo knows; and what became of its rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from exchange.choices import ItemAction, ItemKind
from exchange.models import Import, ImportItem, ImportRow


class Items:
    """Collects what a chunk touched and writes it with one statement."""

    def __init__(self, run: Import) -> None:
        self.run = run
        self.waiting: list[ImportItem] = []

    def created(self, kind: ItemKind, pk: int, label: str, version: int = 1) -> None:
        self._note(kind, ItemAction.CREATED, pk, label, version, {})

    def changed(
        self, kind: ItemKind, pk: int, label: str, version: int, before: Mapping[str, Any]
    ) -> None:
        self._note(kind, ItemAction.CHANGED, pk, label, version, before)

    def _note(
        self,
        kind: ItemKind,
        action: ItemAction,
        pk: int,
        label: str,
        version: int,
        before: Mapping[str, Any],
    ) -> None:
        self.waiting.append(
            ImportItem(
                run=self.run,
                kind=kind,
                action=action,
                object_id=pk,
                label=label[:300],
                version=version,
                before=dict(before),
            )
        )

    def save(self) -> None:
        ImportItem.objects.insert_many(self.waiting)
        self.waiting = []


def rows_became(rows: Iterable[ImportRow], subjects: Mapping[int, str]) -> None:
    """Keep the code of what each row became, row id to code."""
    found = {row.pk: subjects[row.pk] for row in rows if subjects.get(row.pk)}
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ImportRow._meta.db_table} r SET subject = v.subject "  # noqa: S608  # our own table name
            "FROM unnest(%s::bigint[], %s::text[]) AS v (id, subject) "
            "WHERE r.tenant_id = current_tenant() AND r.id = v.id",
            [list(found), list(found.values())],
        )

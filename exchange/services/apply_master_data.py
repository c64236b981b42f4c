"""Writing master-data rows through the services of the lists."""

from collections.abc import Sequence
from typing import Any

from exchange.choices import ItemKind, RowState
from exchange.drafts import MasterRow, master_row
from exchange.models import Import, ImportRow
from exchange.services.items import Items, rows_became
from exchange.targets.master_data import entries_of
from governance.errors import Conflict
from governance.masterdata.models import KINDS, MasterData
from governance.masterdata.services import (
    master_data_create,
    master_data_rename,
    master_data_set_active,
)
from governance.people.actor import Actor


class MasterWriter:
    """Creates, renames and (de)activates entries of one list."""

    def __init__(self, run: Import, by: Actor) -> None:
        self.run, self.by = run, by
        self.items = Items(run)

    def write(self, rows: Sequence[ImportRow]) -> None:
        """Write one chunk; raises `Conflict("changed_meanwhile")` where it is not as shown."""
        drafts = [master_row(row.draft) for row in rows]
        known = entries_of(drafts)
        subjects = {}
        for row, draft in zip(rows, drafts, strict=True):
            entry = known.get(draft.code.casefold())
            if (row.state == RowState.CREATE) is not (entry is None):
                raise Conflict("changed_meanwhile")
            done = self._create(draft) if entry is None else self._change(row, draft, entry)
            subjects[row.pk] = done.code
        self.items.save()
        rows_became(rows, subjects)

    def finish(self) -> None:
        """Nothing is left over between chunks."""

    def _create(self, draft: MasterRow) -> MasterData:
        entry = master_data_create(
            model=KINDS[draft.kind], code=draft.code, name=draft.name, by=self.by
        )
        if not draft.is_active:
            entry = self._set_active(entry, draft)
        self.items.created(ItemKind.MASTER_DATA, entry.pk, entry.code, entry.version)
        return entry

    def _change(self, row: ImportRow, draft: MasterRow, entry: MasterData) -> MasterData:
        now: dict[str, list[Any]] = {
            "name": [entry.name, draft.name],
            "is_active": [entry.is_active, draft.is_active],
        }
        if {name: pair for name, pair in now.items() if pair[0] != pair[1]} != row.changes:
            raise Conflict("changed_meanwhile")
        before = {name: pair[0] for name, pair in row.changes.items()}
        if "name" in before:
            entry = master_data_rename(
                row=entry, name=draft.name, seen_version=entry.version, by=self.by
            )
        if "is_active" in before:
            entry = self._set_active(entry, draft)
        self.items.changed(ItemKind.MASTER_DATA, entry.pk, entry.code, entry.version, before)
        return entry

    def _set_active(self, entry: MasterData, draft: MasterRow) -> MasterData:
        return master_data_set_active(
            row=entry, is_active=draft.is_active, seen_version=entry.version, by=self.by
        )

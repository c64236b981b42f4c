"""Comparing master-data rows with the tenant's lists (H4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.choices import RowState
from exchange.drafts import MasterRow
from exchange.findings import error
from exchange.targets.judging import Judged
from governance.masterdata.models import KINDS, MasterData
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import CODE


@dataclass(slots=True)
class MasterTarget:
    """Judges entries of one list; found by code, whatever its case."""

    by: Actor

    def judge(self, rows: Sequence[Judged], *, in_file: Mapping[str, str]) -> list[Judged]:
        """Set state, changes and findings of rows that have a draft; one query."""
        drafts = [row.draft for row in rows if isinstance(row.draft, MasterRow)]
        known = entries_of(drafts)
        for row in rows:
            if not isinstance(row.draft, MasterRow):
                row.state = RowState.REFUSED if row.is_refused else RowState.SKIPPED
                continue
            self._judge(row, row.draft, known.get(row.draft.code.casefold()))
        return list(rows)

    def _judge(self, row: Judged, draft: MasterRow, entry: MasterData | None) -> None:
        row.label = draft.name
        if not self.by.may_anywhere(Permission.MASTER_DATA_MANAGE):
            row.findings.append(error("place_forbidden"))
        if draft.code and not CODE.fullmatch(draft.code):
            row.findings.append(error("bad_code", text=draft.code))
        if row.is_refused:
            row.state = RowState.REFUSED
        elif entry is None:
            row.state = RowState.CREATE
        else:
            row.subject = entry.code
            if entry.name != draft.name:
                row.changes["name"] = [entry.name, draft.name]
            if entry.is_active != draft.is_active:
                row.changes["is_active"] = [entry.is_active, draft.is_active]
            row.state = RowState.CHANGE if row.changes else RowState.UNCHANGED


def entries_of(drafts: Sequence[MasterRow]) -> dict[str, MasterData]:
    """Entries of the drafts' list by folded code."""
    if not drafts:
        return {}
    rows = KINDS[drafts[0].kind].objects.all()
    wanted = {draft.code.casefold() for draft in drafts}
    return {row.code.casefold(): row for row in rows if row.code.casefold() in wanted}

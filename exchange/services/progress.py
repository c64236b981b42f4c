"""Telling how far a worker is, on a connection beside its long transaction or within its own."""

from collections.abc import Callable
from typing import Any

from django.db.models.functions import Now

from exchange.models import Import, ImportProgress
from governance.tenancy.aside import Aside
from governance.tree.services import codes_given, next_codes

TABLE = ImportProgress._meta.db_table


def progress_note(*, run: Import, done: int, total: int) -> None:
    """Note the progress in the running transaction: for work in short batches."""
    ImportProgress.objects.filter(run=run).update(done=done, total=total, beat_at=Now())


class Teller:
    """What a long transaction says and takes while it runs: progress and codes.

    With an `Aside` both are committed at once, so that a page sees the one and nobody waits for
    the other; without it they are part of the running transaction.
    """

    def __init__(self, run: Import, aside: Aside | None = None) -> None:
        self.run, self.aside = run, aside

    def tell(self, done: int, total: int) -> None:
        if self.aside is None:
            progress_note(run=self.run, done=done, total=total)
        else:
            self.aside.run(self._noting(done, total))

    def _noting(self, done: int, total: int) -> Callable[[Any], None]:
        statement = (
            f"UPDATE {TABLE} SET done = %s, total = %s, beat_at = now() "  # noqa: S608  # our own table name
            "WHERE tenant_id = current_tenant() AND run_id = %s"
        )

        def note(cursor: Any) -> None:
            cursor.execute(statement, [done, total, self.run.pk])

        return note

    def codes(self, kind: str, count: int) -> list[str]:
        """The next codes of a kind; those that are not used leave a gap."""
        if count < 1:
            return []
        if self.aside is None:
            return next_codes(kind, count)

        def give(cursor: Any) -> list[str]:
            return codes_given(cursor, kind, count)

        return self.aside.run(give)

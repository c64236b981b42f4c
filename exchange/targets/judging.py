"""What a row comes to: the common result of comparing a draft with the tenant; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.choices import RowState
from exchange.drafts import Draft
from exchange.findings import Finding


@dataclass(slots=True)
class Judged:
    """One row with its state, what it would change, and what is odd about it."""

    number: int
    draft: Draft | None
    findings: list[Finding]
    state: RowState = RowState.SKIPPED
    changes: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    subject: str = ""

    @property
    def key(self) -> str:
        return self.draft.key if self.draft else ""

    @property
    def is_refused(self) -> bool:
        return any(finding.is_error for finding in self.findings)


def merged_changes(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The changes of several rows of one thing; of two that say something the first counts.

    Months of one effect are united.
    """
    found: dict[str, Any] = {}
    for changes in rows:
        for name, change in changes.items():
            if isinstance(change, Mapping):
                found[name] = {**found.get(name, {}), **change}
            else:
                found.setdefault(name, change)
    return found

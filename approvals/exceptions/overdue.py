"""Exceptions past their day in the last tier, where they climb no more by themselves (E2, T17).

Below it an unanswered exception moves one tier up in the minute in which its clock passes, and its
owner and the new tier hear of that: nothing there is overdue for long enough to be told twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from approvals.escalations.choices import EndReason
from approvals.escalations.choices import Tier as Above
from approvals.escalations.registry import Overdue, Settled, Source
from approvals.exceptions.choices import ANSWERED, UNANSWERED, Tier
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import Parties, kind_of


def overdue_exceptions(now: datetime, *, is_finance: bool) -> Iterable[Overdue]:
    """Unanswered exceptions that are past their day in the last tier; few queries for each kind."""
    found = GovernanceException.objects.filter(
        state__in=UNANSWERED, tier=Tier.COMMITTEE, due_at__lt=now, is_finance=is_finance
    )
    rows = list(found.order_by("due_at", "id"))
    parties = _parties_of(rows)
    for row in rows:
        about = parties.get((row.subject_type, row.subject_id), Parties())
        yield Overdue(
            key=row.code,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            code=row.subject_code,
            label=f"{row.code} {row.title}".strip(),
            link=f"exceptions/{row.code}/",
            place_id=row.place_id,
            due_at=row.due_at,
            owes=() if row.owner_id is None else (row.owner_id,),
            sponsor=about.sponsor,
            forum=about.forum,
        )


def _parties_of(rows: Sequence[GovernanceException]) -> dict[tuple[str, int], Parties]:
    """Who stands to what they are about, by its type and id."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        ids.setdefault(row.subject_type, set()).add(row.subject_id)
    return {
        (subject_type, pk): one
        for subject_type, wanted in ids.items()
        for pk, one in kind_of(subject_type).parties(sorted(wanted)).items()
    }


def settled_exceptions(keys: Sequence[str]) -> Mapping[str, Settled]:
    """Decided by whom; one query."""
    rows = GovernanceException.objects.filter(code__in=keys, state__in=ANSWERED)
    return {row.code: Settled(EndReason.DONE, row.decided_by_id) for row in rows}


SOURCES: Final = (
    Source(
        code="exception",
        label=_("Exception"),
        is_finance=False,
        shipped={
            Above.OWES: 0,
            Above.PROGRAM_MANAGER: 1,
            Above.SPONSOR: 2,
            Above.FORUM_CHAIR: 3,
        },
        due=partial(overdue_exceptions, is_finance=False),
        settled=settled_exceptions,
    ),
    Source(
        code="exception_finance",
        label=_("Exception of finance"),
        is_finance=True,
        shipped={Above.OWES: 0, Above.HEAD_OF_CONTROLLING: 1},
        due=partial(overdue_exceptions, is_finance=True),
        settled=settled_exceptions,
    ),
)

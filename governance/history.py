"""The history of any object as sentences, page by page; the object's own page says who may read."""

import json
from dataclasses import dataclass

from django.db.models import QuerySet

from governance.audit.models import AuditEvent
from governance.audit.selectors import EventFilter, events_matching, events_of, seals_for
from governance.audit.sentences import Seal, Sentence, read_event
from governance.errors import Forbidden
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.selectors import root_node
from governance.web.pages import Order, keyset_page

BY_TIME = Order("recorded_at", "recorded_at", is_descending=True)
NEWEST_FIRST = Order("recorded", "id", is_descending=True)
LIMIT = 20


@dataclass(frozen=True, slots=True)
class History:
    """One page of sentences, newest first, and the cursors of its neighbours."""

    rows: list[Sentence]
    next: str | None
    previous: str | None


def history_of(
    subject_type: str, subject_key: str, cursor: str = "", *, limit: int = LIMIT
) -> History:
    """What happened to one object, newest first; one query. Raises `BadCursor`.

    Whoever shows it has already decided that the reader may see the object. Templates include
    `governance/_history.html` with it as `history`; its links carry `history_cursor`.
    """
    events = events_of(subject_type, subject_key)
    page = keyset_page(events, order=NEWEST_FIRST, cursor=cursor, limit=limit)
    return History([sentence_of(event) for event in page.rows], page.next, page.previous)


def audit_trail(wanted: EventFilter, *, by: Actor) -> QuerySet[AuditEvent]:
    """The whole tenant's trail, narrowed.

    Needs the right on the root, since an event names no place in the tree: raises `Forbidden`,
    with its own code for those who hold the right only further down.
    """
    if not by.may(Permission.AUDIT_VIEW, root_node().path):
        is_partial = by.may_anywhere(Permission.AUDIT_VIEW)
        raise Forbidden("audit_needs_root" if is_partial else "forbidden")
    return events_matching(wanted)


def sentence_of(event: AuditEvent, seal: tuple[int, str] | None = None) -> Sentence:
    """One stored event in the reader's language."""
    return read_event(json.loads(event.body), Seal(*seal) if seal else None)


def sealed_sentences(events: list[AuditEvent]) -> list[Sentence]:
    """Events with the batches they are sealed in; two queries more."""
    seals = seals_for(events)
    return [sentence_of(event, seals.get(event.pk)) for event in events]

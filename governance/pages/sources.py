"""Lists of people, master data and the audit trail: their filters, and their columns as files."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.selectors import EventFilter
from governance.errors import Invalid
from governance.history import BY_TIME, audit_trail, sealed_sentences
from governance.masterdata.choices import KIND_LABELS, Shown
from governance.masterdata.models import KINDS, Forum, MasterData
from governance.masterdata.selectors import master_data_matching
from governance.pages.filters import AuditFilter, EntryFilter
from governance.pages.forms import PeopleFilter
from governance.people.actor import Actor
from governance.people.choices import MembershipKind, Permission, PersonState, Role
from governance.people.models import Membership
from governance.people.selectors import SORT_NAME, people
from governance.permissions.selectors import grants_by_person, holders_of
from governance.web.forms import field_errors
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from governance.web.pages import Order

BY_NAME = Order("name", "sort_key")
BY_PERSON = Order("name", "sort_name", expression=SORT_NAME)
STATE_WORDS = {"active": gettext_lazy("Active"), "inactive": gettext_lazy("Inactive")}
MEMBER_WORDS = {
    "member": gettext_lazy("Member"),
    "former": gettext_lazy("Former member"),
}


def _bound(form: forms.Form) -> dict[str, Any]:
    """The checked filters of an address, none of them set where there are none."""
    if not form.is_bound:
        return {}
    if not form.is_valid():
        raise Invalid(field_errors(form))
    return form.cleaned_data


# --- people -------------------------------------------------------------------------------------


def choose_people(query: QueryDict, by: Actor) -> Chosen[PeopleFilter, Membership]:
    """The people that an address asks for; a filter nobody can have chosen is refused."""
    by.require_anywhere(Permission.PEOPLE_VIEW)
    form = PeopleFilter(query or None, initial={"state": PersonState.LIVE})
    data = _bound(form)
    rows = people(
        text=data.get("q", ""),
        kind=data.get("kind", ""),
        state=PersonState(data.get("state") or PersonState.LIVE),
    )
    if data.get("role"):
        rows = rows.filter(pk__in=holders_of(Role(data["role"])))
    return Chosen(form, rows, BY_PERSON)


def people_fields(_rows: QuerySet[Membership], _reader: Reader) -> list[Field]:
    """Columns of the list of people."""
    return [
        Field("email", _("E-mail")),
        Field("name", _("Person")),
        Field("kind", _("Kind"), dict(MembershipKind.choices)),
        Field("firm", _("Firm")),
        Field("roles", _("Roles")),
        Field("state", _("Belongs here"), MEMBER_WORDS),
        Field("valid_until", _("Until")),
        Field("ended_at", _("Ended")),
        Field("updated_at", _("Updated")),
    ]


def people_cells(
    members: Sequence[Membership], _fields: Sequence[Field], reader: Reader
) -> list[Sequence[Cell]]:
    """People with the roles that reach what the reader sees; one query."""
    held = grants_by_person([member.pk for member in members], by=reader.by)
    return [
        [
            member.email,
            member.name,
            member.kind,
            member.firm,
            "; ".join(
                f"{grant.permission.codename} {grant.content_object.code}"
                for grant in held.get(member.pk, [])
            ),
            "member" if member.is_live else "former",
            member.valid_until,
            member.ended_at,
            member.updated_at,
        ]
        for member in members
    ]


# --- master data --------------------------------------------------------------------------------


def choose_entries(query: QueryDict, by: Actor, *, kind: str) -> Chosen[EntryFilter, MasterData]:
    """The entries of one kind that an address asks for."""
    by.require_anywhere(Permission.TREE_VIEW)
    form = EntryFilter(query or None)
    data = _bound(form)
    shown = Shown(data.get("shown") or Shown.ALL)
    return Chosen(form, master_data_matching(kind, text=data.get("q", ""), shown=shown), BY_NAME)


def entry_fields(_rows: QuerySet[MasterData], _reader: Reader, *, kind: str) -> list[Field]:
    """Columns of a list of master data; forums have a quorum besides."""
    quorum = [Field("quorum", _("Quorum"))] if KINDS[kind] is Forum else []
    return [
        Field("code", _("Code")),
        Field("name", _("Name")),
        Field("state", _("State"), STATE_WORDS),
        *quorum,
        Field("updated_at", _("Updated")),
    ]


def entry_cells(
    rows: Sequence[MasterData], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Master data as rows of a file."""
    return [
        [
            row.code,
            row.name,
            "active" if row.is_active else "inactive",
            *([row.quorum] if isinstance(row, Forum) else []),
            row.updated_at,
        ]
        for row in rows
    ]


# --- the audit trail ----------------------------------------------------------------------------


def choose_events(query: QueryDict, by: Actor) -> Chosen[AuditFilter, AuditEvent]:
    """The events that an address asks for, newest first."""
    form = AuditFilter(query or None)
    data = _bound(form)
    rows = audit_trail(form.wanted if data else EventFilter(), by=by)
    return Chosen(form, rows, BY_TIME)


def event_fields(_rows: QuerySet[AuditEvent], _reader: Reader) -> list[Field]:
    """Columns of the audit trail."""
    return [
        Field("id", _("Event")),
        Field("at", _("Time (UTC)")),
        Field("actor", _("Who (e-mail)")),
        Field("actor_name", _("Who")),
        Field("via", _("Door")),
        Field("action", _("Action"), dict(AuditAction.choices)),
        Field("subject_type", _("What")),
        Field("subject", _("Code")),
        Field("subject_label", _("Name")),
        Field("sentence", _("What happened")),
        Field("changes", _("Changes")),
        Field("reason", _("Reason")),
        Field("request_id", _("Request")),
        Field("batch", _("Batch")),
    ]


def event_cells(
    events: Sequence[AuditEvent], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Events as they were recorded, each with its sentence; two queries."""
    rows: list[Sequence[Cell]] = []
    for event, said in zip(events, sealed_sentences(list(events)), strict=True):
        facts = json.loads(event.body)
        rows.append(
            [
                said.id,
                _moment(said.at),
                said.who_email,
                said.who,
                str(facts.get("actor", {}).get("via", "")),
                said.action,
                said.subject_type,
                said.subject_key,
                said.subject_label,
                said.sentence,
                json.dumps(facts.get("changes", {}), ensure_ascii=False),
                said.reason,
                said.request_id,
                said.seal.batch if said.seal else None,
            ]
        )
    return rows


def _moment(at: datetime) -> datetime:
    return at.replace(microsecond=0)


PEOPLE = ListSource(
    "people", gettext_lazy("People and roles"), choose_people, people_fields, people_cells
)
ENTRIES = {
    kind: ListSource(
        kind,
        KIND_LABELS[kind],
        partial(choose_entries, kind=kind),
        partial(entry_fields, kind=kind),
        entry_cells,
    )
    for kind in KINDS
}
EVENTS = ListSource(
    "audit-trail", gettext_lazy("Audit trail"), choose_events, event_fields, event_cells
)

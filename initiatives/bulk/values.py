"""New values of a bulk edit: as a body spells them, as rows, and as an undo keeps them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.masterdata.selectors import master_datum_or_invalid
from governance.people.models import Membership
from governance.people.selectors import live_memberships, member_by_email
from initiatives.bulk.rules import DATES, PEOPLE
from initiatives.models import Measure

ENTRIES: dict[str, tuple[str, type[Any]]] = {
    "business_unit": ("business-units", BusinessUnit),
    "function": ("functions", Function),
    "legal_entity": ("legal-entities", LegalEntity),
    "forum": ("forums", Forum),
}


def spelled(fields: Mapping[str, Any]) -> dict[str, str | None]:
    """Rows as a body spells them: people by e-mail, entries by code, days as ISO dates."""
    return {name: _spelled(value) for name, value in fields.items()}


def _spelled(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, Membership):
        return value.email
    return str(value.code) if hasattr(value, "code") else str(value)


def as_rows(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """What a body spells as rows; raises `Invalid` for who has left and what is inactive."""
    return {name: None if text is None else _row(name, text) for name, text in fields.items()}


def _row(name: str, text: str) -> Any:
    if name in PEOPLE:
        return member_by_email(text, field=name)
    if name in ENTRIES:
        return master_datum_or_invalid(ENTRIES[name][0], text, field=name)
    day = parse_date(text) if name in DATES else None
    if day is None:
        raise Invalid({name: [_("Enter a valid date.")]})
    return day


def kept(measure: Measure, names: Iterable[str]) -> dict[str, Any]:
    """What an undo writes back: rows by their numbers, days as ISO dates."""
    return {name: _kept(getattr(measure, name)) for name in names}


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if value is not None else None


def known_rows(kept_fields: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, Any]]:
    """The rows that undos name and that may still be chosen, by field and number.

    One query for each field that is named.
    """
    wanted: dict[str, set[int]] = {}
    for fields in kept_fields:
        for name, value in fields.items():
            if name not in DATES and value is not None:
                wanted.setdefault(name, set()).add(value)
    return {name: _in_bulk(name, ids) for name, ids in wanted.items()}


def _in_bulk(name: str, ids: set[int]) -> dict[int, Any]:
    if name in PEOPLE:
        rows = live_memberships().filter(pk__in=ids)
    else:
        rows = ENTRIES[name][1].objects.filter(pk__in=ids, is_active=True)
    return {row.pk: row for row in rows}


def taken_back(
    fields: Mapping[str, Any], known: Mapping[str, Mapping[int, Any]]
) -> dict[str, Any] | None:
    """Kept values as rows again; None where a person has left or an entry is gone."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            found[name] = None
        elif name in DATES:
            found[name] = parse_date(value)
        elif value in known[name]:
            found[name] = known[name][value]
        else:
            return None
    return found

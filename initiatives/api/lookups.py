"""From the e-mails and codes of a body to rows, alike for what is missing and what is foreign."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from governance.errors import FieldErrors, Invalid, NotVisible
from governance.masterdata.selectors import master_datum_or_invalid
from governance.people.actor import Actor
from governance.people.selectors import member_by_email
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code
from initiatives.milestones.models import Milestone
from initiatives.milestones.selectors import milestone_by_id

PEOPLE = frozenset({"owner", "sponsor", "controller", "receiver", "acceptor"})
MASTER_DATA = {
    "business_unit": "business-units",
    "function": "functions",
    "legal_entity": "legal-entities",
    "forum": "forums",
}


def with_rows(given: Mapping[str, Any]) -> dict[str, Any]:
    """The body with people and master data looked up; raises `Invalid` naming every field."""
    found: dict[str, Any] = {}
    errors: FieldErrors = {}
    for name, value in given.items():
        try:
            found[name] = None if value is None else _row(name, value)
        except Invalid as error:
            errors = {**errors, **error.errors}
    if errors:
        raise Invalid(errors)
    return found


def _row(name: str, value: Any) -> Any:
    if name in PEOPLE:
        return member_by_email(value, field=name)
    if name in MASTER_DATA:
        return master_datum_or_invalid(MASTER_DATA[name], value, field=name)
    return value


def milestone_named(milestone_id: UUID | None, *, by: Actor) -> Milestone | None:
    """The visible milestone a body names, if it names one; raises `Invalid`."""
    if milestone_id is None:
        return None
    try:
        return milestone_by_id(milestone_id, by=by)
    except NotVisible as error:
        text = _("This milestone is none of the measure's.")
        raise Invalid({"milestone": [text]}) from error


def place_in(given: Mapping[str, Any], names: Mapping[str, Collection[Level]], by: Actor) -> Node:
    """The one place a body names; `names` maps its fields to the levels they may hold.

    Raises `Invalid` for none, for more than one, and for a place that is not visible.
    """
    named = {name: given[name] for name in names if given.get(name) is not None}
    if len(named) != 1:
        text = _("Give exactly one of: %(names)s.") % {"names": ", ".join(names)}
        raise Invalid({name: [text] for name in named or list(names)[:1]})
    ((name, code),) = named.items()
    try:
        place = node_by_code(code, by=by)
    except NotVisible:
        place = None
    if place is None or place.known_level not in names[name]:
        raise Invalid({name: [_("There is no %(code)s here.") % {"code": code}]})
    return place

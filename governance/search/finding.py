"""What the kernel finds: people by name, address or firm."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from governance.people.actor import Actor
from governance.people.choices import Permission, PersonState
from governance.people.selectors import people
from governance.search.registry import Found, Hit, SearchKind


def find_people(text: str, by: Actor, most: int) -> Found:
    """Live members; their page for who may read people, else the measures they own. One query."""
    reads = by.may_anywhere(Permission.PEOPLE_VIEW)
    rows = people(text=text, state=PersonState.LIVE)[:most]
    hits = [
        Hit(
            row.name,
            f"people/{row.public_id}/" if reads else f"measures/?owner={row.email}",
            note=row.firm or row.email,
        )
        for row in rows
    ]
    return Found(hits)


PEOPLE: Final = SearchKind("people", _("People"), "users", 40, find_people)

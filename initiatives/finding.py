"""What a search finds of this app: measures and places, by the beginnings of words."""

from typing import Final

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext_lazy as _

from governance.people.actor import Actor
from governance.search.registry import Hit, SearchKind
from governance.tree.choices import Level
from governance.tree.selectors import search_ids, visible_nodes
from initiatives.selectors import visible_measures


def _exact_first(text: str) -> Case:
    """Whose code was typed in full comes before whose name begins alike."""
    return Case(When(code__iexact=text, then=Value(0)), default=1, output_field=IntegerField())


def find_measures(text: str, by: Actor, most: int) -> list[Hit]:
    """Visible measures; two queries."""
    found = visible_measures(by).filter(pk__in=search_ids("measure", text))
    rows = found.select_related("package").order_by(_exact_first(text), "sort_key", "id")[:most]
    return [Hit(row.name, f"measures/{row.code}/", row.code, row.package.name) for row in rows]


def find_places(text: str, by: Actor, most: int) -> list[Hit]:
    """Visible nodes below the tenant, the higher ones first; two queries."""
    found = visible_nodes(by).filter(pk__in=search_ids("node", text)).exclude(level=Level.TENANT)
    # A default package is called like its project; only who types its code means it.
    found = found.exclude(Q(is_default=True) & ~Q(code__iexact=text))
    rows = found.order_by(_exact_first(text), "level", "sort_key", "id")[:most]
    return [
        Hit(
            row.name,
            f"{row.known_level.noun}/{row.code}/",
            row.code,
            str(row.known_level.label),
        )
        for row in rows
    ]


KINDS: Final = (
    SearchKind("measures", _("Measures"), "list-details", 10, find_measures, "measures/"),
    SearchKind("places", _("Places"), "sitemap", 20, find_places),
)

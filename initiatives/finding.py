"""What a search finds of this app: measures and places, by the beginnings of words."""

from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.search.registry import MOST_WEIGHED, Found, Hit, SearchKind
from governance.tree.choices import Level
from governance.tree.selectors import search_ids, visible_nodes
from initiatives.selectors import visible_measures


def _exact_first(text: str) -> Case:
    """Whose code was typed in full comes before whose name begins alike."""
    return Case(When(code__iexact=text, then=Value(0)), default=1, output_field=IntegerField())


def _weighed(kind: str, text: str, rows: QuerySet[Any], by: Actor) -> tuple[list[int], int]:
    """Ids of what matches, and how many were weighed if more match; a query, and one for a code.

    Whoever sees a part of the tenant has all weighed that a list would show: the first of the
    whole tenant might all lie elsewhere, and their number is not theirs to know.
    """
    if not _sees_all(by):
        return search_ids(kind, text), 0
    ids = search_ids(kind, text, limit=MOST_WEIGHED + 1)
    if len(ids) <= MOST_WEIGHED:
        return ids, 0
    # What was named by its code is found however many begin alike.
    named = rows.filter(code__in={text, text.upper()}).order_by().values_list("pk", flat=True)
    return [*named, *ids[:MOST_WEIGHED]], MOST_WEIGHED


def _sees_all(by: Actor) -> bool:
    """Whether a person sees the tenant's root, and so everything below it."""
    return any(path.count("/") == 1 for path in by.scope.paths(Permission.TREE_VIEW))


def find_measures(text: str, by: Actor, most: int) -> Found:
    """Visible measures; two queries, three for a common word."""
    ids, more_than = _weighed("measure", text, visible_measures(by), by)
    found = visible_measures(by).filter(pk__in=ids)
    rows = found.select_related("package").order_by(_exact_first(text), "sort_key", "id")[:most]
    hits = [Hit(row.name, f"measures/{row.code}/", row.code, row.package.name) for row in rows]
    return Found(hits, more_than)


def find_places(text: str, by: Actor, most: int) -> Found:
    """Visible nodes below the tenant, the higher ones first; two or three queries."""
    ids, more_than = _weighed("node", text, visible_nodes(by), by)
    found = visible_nodes(by).filter(pk__in=ids).exclude(level=Level.TENANT)
    # A default package is called like its project; only who types its code means it.
    found = found.exclude(Q(is_default=True) & ~Q(code__iexact=text))
    rows = found.order_by(_exact_first(text), "level", "sort_key", "id")[:most]
    hits = [
        Hit(
            row.name,
            f"{row.known_level.noun}/{row.code}/",
            row.code,
            str(row.known_level.label),
        )
        for row in rows
    ]
    return Found(hits, more_than)


KINDS: Final = (
    SearchKind("measures", _("Measures"), "list-details", 10, find_measures, "measures/"),
    SearchKind("places", _("Places"), "sitemap", 20, find_places),
)

"""What the access explainer asks of this app: measures as places, and where places have pages."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from governance.people.actor import Actor
from governance.permissions.places import Place
from governance.tree.choices import Level
from initiatives.selectors import visible_measures


def measure_place(codes: Sequence[str], by: Actor) -> Place | None:
    """A visible measure by one of these spellings of its code; one query."""
    measure = visible_measures(by).select_related("package").filter(code__in=codes).first()
    if measure is None:
        return None
    return Place(
        measure.code, measure.name, "measure", _("Measure"), measure.package, is_node=False
    )


def place_url(place: Place, tenant_slug: str) -> str:
    """The page of a measure or node; the tenant's root is its tree."""
    if not place.is_node:
        return reverse("initiatives:measure", args=[tenant_slug, place.code])
    level = place.node.known_level
    if level is Level.TENANT:
        return reverse("initiatives:tree", args=[tenant_slug])
    return reverse(level.page, args=[tenant_slug, place.code])

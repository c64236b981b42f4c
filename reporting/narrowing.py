"""A place narrowed to the measures of a unit, a function, a legal entity or an owner."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.tree.rules import below
from initiatives.models import Measure
from initiatives.selectors import MeasureFilters, conditions_of
from reporting.rollups.reading import Reading

# Stored roll-ups are kept by node. What is narrowed is computed when somebody looks, from so many
# measures at most.
MOST_LIVE = 10_000


class TooMany(Invalid):
    """More measures match a filter than are computed while somebody waits."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which measures count: master data by code, the owner by e-mail; empty means all."""

    business_unit: str = ""
    function: str = ""
    legal_entity: str = ""
    owner: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set, as addresses spell them."""
        return {name: word for name, word in asdict(self).items() if word}


def reading_of(
    narrowing: Narrowing, paths: Sequence[str], *, as_published: bool = False
) -> Reading:
    """How the places are read; two queries at most where anything narrows them.

    Raises `TooMany` where more measures match than are computed at once.
    """
    if not narrowing.given:
        return Reading(as_published=as_published)
    rows = Measure.objects.filter(
        below(paths, "package__path"), *conditions_of(MeasureFilters(**narrowing.given))
    )
    ids = list(rows.order_by().values_list("pk", flat=True)[: MOST_LIVE + 1])
    if len(ids) > MOST_LIVE:
        text = _(
            "More than %(most)s measures match, and figures of so many are not computed while you "
            "wait: narrow further, or look at a place without a filter."
        ) % {"most": f"{MOST_LIVE:,}"}
        raise TooMany({name: [text] for name in narrowing.given}, text)
    return Reading(as_published=as_published, only=ids)

"""Which fields many measures may be given at once, and how a refusal is named; pure."""

from collections.abc import Iterable

from governance.errors import DomainError, Invalid
from governance.people.choices import Permission
from initiatives.rules import EDITABLE_FIELDS, Hands, settable_fields

# A name, a description and a method belong to one measure alone.
OF_ONE = frozenset({"name", "description", "calculation_method"})
BULK_FIELDS = tuple(name for name in EDITABLE_FIELDS if name not in OF_ONE)
PEOPLE = ("owner", "sponsor", "controller", "receiver")
DATES = ("planned_start", "planned_end")
MOST_MEASURES = 10_000
# So many are worked off while somebody waits; more are a worker's.
AT_ONCE = 200
BATCH = 200


def offered_fields(held: Iterable[Permission]) -> tuple[str, ...]:
    """Fields that somebody could set on some measure, by what they hold anywhere."""
    hands = Hands(frozenset(held), is_owner=True)
    return tuple(name for name in settable_fields(hands) if name in BULK_FIELDS)


def refusal_of(error: DomainError) -> str:
    """The code by which a row says why it is refused."""
    is_order = isinstance(error, Invalid) and "planned_end" in error.errors
    return "end_before_start" if is_order else error.code

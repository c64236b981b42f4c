"""Which roles need a second granter, and who that may be (S6); pure."""

from collections.abc import Iterable
from datetime import date

from governance.people.choices import Role

_FINANCE = frozenset({Role.CONTROLLER, Role.HEAD_OF_CONTROLLING})
# S6: of the function itself; a sponsor's sponsor or the office that sets sponsors (S11).
CONFIRMED_BY: dict[Role, frozenset[Role]] = {
    Role.CONTROLLER: _FINANCE,
    Role.SECOND_FINANCE: _FINANCE,
    Role.HEAD_OF_CONTROLLING: _FINANCE,
    Role.SPONSOR: frozenset({Role.PMO, Role.SPONSOR}),
}


def may_confirm(role: Role, held: Iterable[Role]) -> bool:
    """Whether somebody who holds these roles at the place is of the role's function."""
    return bool(CONFIRMED_BY.get(role, frozenset()) & set(held))


def is_shorter(until: date | None, standing: date | None) -> bool:
    """Whether an end date only takes away from what was confirmed."""
    return until is not None and (standing is None or until < standing)

"""Why somebody sees a place, or why not, judged from membership and grants (N3); pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from governance.people.choices import Permission, RightKind, Role
from governance.people.rules import RIGHTS, TENANT_WIDE, covers, is_root

# The trail covers the tenant as a whole, so a role on a part of the tree does not open it.
NEEDS_ROOT = TENANT_WIDE | {Permission.AUDIT_VIEW}

SEEING = frozenset({Permission.TREE_VIEW, Permission.PEOPLE_VIEW, Permission.AUDIT_VIEW})
DECIDING = frozenset(
    {
        Permission.MEASURE_SET_JUDGES,
        Permission.MEASURE_SET_CONTROLLER,
        Permission.PEOPLE_MANAGE,
        Permission.ROLE_GRANT,
        Permission.TENANT_MANAGE,
    }
)


class Held(Protocol):
    """A role on a place in the tree, until a date."""

    @property
    def role(self) -> Role: ...
    @property
    def path(self) -> str: ...
    @property
    def last_day(self) -> date | None: ...


H = TypeVar("H", bound=Held)


class Standing(StrEnum):
    """Whether somebody belongs to the tenant, and if not, why."""

    LIVE = "live"
    ENDED = "membership_ended"
    RUN_OUT = "membership_ran_out"
    INACTIVE = "log_in_inactive"


class Where(StrEnum):
    """Where a grant stands, seen from the place that is asked about."""

    HERE = "here"
    ABOVE = "above"
    BELOW = "below"
    BESIDE = "beside"


class Why(StrEnum):
    """A reason for seeing a place or for not seeing it; stable, the API shows it."""

    GRANTED_HERE = "granted_here"
    GRANTED_ABOVE = "granted_above"
    MEMBERSHIP_ENDED = "membership_ended"
    MEMBERSHIP_RAN_OUT = "membership_ran_out"
    LOG_IN_INACTIVE = "log_in_inactive"
    GRANT_RAN_OUT = "grant_ran_out"
    NO_GRANT = "no_grant"
    GRANTED_BELOW = "granted_below"
    GRANTED_BESIDE = "granted_beside"


@dataclass(frozen=True, slots=True)
class Reason(Generic[H]):
    """One reason, with the grant that it speaks of."""

    why: Why
    grant: H | None = None


@dataclass(frozen=True, slots=True)
class Verdict(Generic[H]):
    """Whether a place is seen, and every reason why or why not."""

    sees: bool
    reasons: tuple[Reason[H], ...]

    @property
    def grants(self) -> list[H]:
        """The grants that open the place; none where it is not seen."""
        return [reason.grant for reason in self.reasons if self.sees and reason.grant is not None]


@dataclass(frozen=True, slots=True)
class Right:
    """Something a person may do at a place, and by which of the roles."""

    permission: Permission
    roles: tuple[Role, ...]

    @property
    def kind(self) -> RightKind:
        return kind_of(self.permission)


def kind_of(permission: Permission) -> RightKind:
    """Whether a right lets its holder see, change, or decide who does what."""
    if permission in SEEING:
        return RightKind.SEE
    return RightKind.DECIDE if permission in DECIDING else RightKind.CHANGE


def standing_of(
    *, has_ended: bool, last_day: date | None, is_active: bool, today: date
) -> Standing:
    """Whether a membership lets its person in today; the strongest obstacle first."""
    if has_ended:
        return Standing.ENDED
    if last_day is not None and last_day < today:
        return Standing.RUN_OUT
    return Standing.LIVE if is_active else Standing.INACTIVE


def is_live(grant: Held, today: date) -> bool:
    """A grant holds up to and including its last day."""
    return grant.last_day is None or grant.last_day >= today


def where(grant_path: str, path: str) -> Where:
    """Where a grant stands, seen from a place."""
    if grant_path == path:
        return Where.HERE
    if covers(grant_path, path):
        return Where.ABOVE
    return Where.BELOW if covers(path, grant_path) else Where.BESIDE


def gives(grant: Held) -> frozenset[Permission]:
    """What one grant allows: what concerns the whole tenant comes from its root alone."""
    rights = RIGHTS[grant.role]
    return rights if is_root(grant.path) else rights - NEEDS_ROOT


def judge(grants: Iterable[H], *, path: str, standing: Standing, today: date) -> Verdict[H]:
    """Whether these grants open the place at `path`, and why or why not."""
    showing = [grant for grant in grants if Permission.TREE_VIEW in gives(grant)]
    reaching = [grant for grant in showing if covers(grant.path, path)]
    live = [grant for grant in reaching if is_live(grant, today)]
    because = [_opens(grant, path) for grant in live]
    if because and standing is Standing.LIVE:
        return Verdict(sees=True, reasons=tuple(because))
    against: list[Reason[H]] = []
    if standing is not Standing.LIVE:
        against.append(Reason(Why(standing.value)))
    against += [Reason(Why.GRANT_RAN_OUT, grant) for grant in reaching if not is_live(grant, today)]
    if not reaching:
        against.append(Reason(Why.NO_GRANT))
    elsewhere = [g for g in showing if is_live(g, today) and not covers(g.path, path)]
    against += [_misses(grant, path) for grant in elsewhere]
    return Verdict(sees=False, reasons=tuple(against))


def _opens(grant: H, path: str) -> Reason[H]:
    is_here = where(grant.path, path) is Where.HERE
    return Reason(Why.GRANTED_HERE if is_here else Why.GRANTED_ABOVE, grant)


def _misses(grant: H, path: str) -> Reason[H]:
    is_below = where(grant.path, path) is Where.BELOW
    return Reason(Why.GRANTED_BELOW if is_below else Why.GRANTED_BESIDE, grant)


def rights_of(grants: Sequence[Held]) -> list[Right]:
    """What these grants allow together, by kind and in the order of rights, each with its roles."""
    found = []
    for permission in Permission:
        giving = {grant.role for grant in grants if permission in gives(grant)}
        if giving:
            found.append(Right(permission, tuple(role for role in Role if role in giving)))
    return sorted(found, key=lambda right: list(RightKind).index(right.kind))

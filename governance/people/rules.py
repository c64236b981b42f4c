"""What each role may do, and whether a scope of grants covers a place in the tree; pure."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from governance.people.choices import Permission, Role

P = Permission
TOKEN_MARK = "tg"  # noqa: S105  # the mark of our tokens, not a secret
TOKEN_PARTS = 3

_VIEW = frozenset({P.TREE_VIEW})
_SEE_PEOPLE = _VIEW | {P.PEOPLE_VIEW}

RIGHTS: dict[Role, frozenset[Permission]] = {
    Role.EXECUTIVE: _VIEW,
    Role.SPONSOR: _VIEW,
    Role.FORUM_MEMBER: _VIEW,
    Role.OWNER: _VIEW | {P.MEASURE_CREATE, P.MEASURE_EDIT_OWN, P.VALUE_PLAN_OWN},
    Role.CONTROLLER: _SEE_PEOPLE | {P.MEASURE_SET_CONTROLLER, P.VALUE_VALIDATE, P.RATE_MANAGE},
    Role.SECOND_FINANCE: _SEE_PEOPLE | {P.VALUE_VALIDATE, P.RATE_MANAGE},
    Role.HEAD_OF_CONTROLLING: _SEE_PEOPLE
    | {
        P.MEASURE_SET_CONTROLLER,
        P.METRIC_MANAGE,
        P.RATE_MANAGE,
        P.GOVERNANCE_MANAGE,
        P.VIEW_SHARE,
        P.VALUE_VALIDATE,
        P.TARGET_MANAGE,
    },
    Role.PMO: _SEE_PEOPLE
    | {
        P.NODE_CREATE,
        P.NODE_EDIT,
        P.NODE_MOVE,
        P.NODE_DELETE,
        P.MEASURE_CREATE,
        P.MEASURE_EDIT,
        P.MEASURE_SET_JUDGES,
        P.MEASURE_DELETE,
        P.REPORT_CORRECT,
        P.REPORT_SIGN,
        P.VALUE_PLAN,
        P.METRIC_MANAGE,
        P.TARGET_MANAGE,
        P.MASTER_DATA_MANAGE,
        P.GOVERNANCE_MANAGE,
        P.VIEW_SHARE,
        P.IMPORT_RUN,
    },
    # S7: a consultant prepares and never decides.
    Role.CONSULTANT: _VIEW | {P.MEASURE_CREATE, P.MEASURE_EDIT, P.VALUE_PLAN},
    # S6: an administrator reads the tree and has no business rights.
    Role.ADMINISTRATOR: _SEE_PEOPLE
    | {
        P.PEOPLE_MANAGE,
        P.ROLE_GRANT,
        P.MASTER_DATA_MANAGE,
        P.TENANT_MANAGE,
        P.GOVERNANCE_MANAGE,
        P.VIEW_SHARE,
        P.AUDIT_VIEW,
    },
    # S10: an auditor reads everything and writes nothing.
    Role.AUDITOR: _SEE_PEOPLE | {P.AUDIT_VIEW},
}


# S7: these decide, sign or confirm; a consultant decides at most by a seat in a named forum.
NOT_FOR_CONSULTANTS = frozenset(
    {Role.SPONSOR, Role.CONTROLLER, Role.SECOND_FINANCE, Role.HEAD_OF_CONTROLLING}
)


# People, master data, metrics, rates and settings belong to the whole tenant: a role granted on a
# part of the tree does not reach that far.
TENANT_WIDE = frozenset(
    {
        P.PEOPLE_MANAGE,
        P.MASTER_DATA_MANAGE,
        P.METRIC_MANAGE,
        P.RATE_MANAGE,
        P.TENANT_MANAGE,
        P.GOVERNANCE_MANAGE,
        P.VIEW_SHARE,
    }
)


def may_hold(role: Role, *, is_consultant: bool) -> bool:
    """Whether somebody of this kind may be granted the role at all (S7)."""
    return not (is_consultant and role in NOT_FOR_CONSULTANTS)


def covers(prefix: str, path: str) -> bool:
    """Whether `path` is the node at `prefix` or below it; both end with a slash."""
    return path.startswith(prefix)


def is_root(path: str) -> bool:
    """Whether a path is the tenant's root: one id and nothing above it."""
    return path.count("/") <= 1


def maximal(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes that no other prefix covers, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not kept or not covers(kept[-1], prefix):
            kept.append(prefix)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class Grant:
    """One role on one node."""

    role: Role
    path: str


@dataclass(frozen=True, slots=True)
class Scope:
    """All live grants of one person in one tenant, resolved to paths once per request."""

    grants: tuple[Grant, ...] = field(default=())

    def paths(self, permission: Permission) -> tuple[str, ...]:
        """Maximal path prefixes below which the permission holds."""
        return maximal(g.path for g in self.grants if permission in RIGHTS[g.role])

    def allows(self, permission: Permission, path: str) -> bool:
        return any(covers(g.path, path) for g in self.grants if permission in RIGHTS[g.role])

    def allows_anywhere(self, permission: Permission) -> bool:
        """Whether the permission holds at any place; at the root, where the tenant shares it."""
        reaching = (g for g in self.grants if permission not in TENANT_WIDE or is_root(g.path))
        return any(permission in RIGHTS[g.role] for g in reaching)

    def roles_at(self, path: str) -> tuple[Role, ...]:
        """Roles held at a path, each once, in the order of the list of roles."""
        held = {g.role for g in self.grants if covers(g.path, path)}
        return tuple(role for role in Role if role in held)


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token taken apart: which tenant it belongs to and the secret to check there."""

    tenant_public_id: uuid.UUID
    secret: str


def token_text(tenant_public_id: uuid.UUID, secret: str) -> str:
    """The text a person keeps: it carries its tenant, so that it is checked there first."""
    return f"{TOKEN_MARK}_{tenant_public_id.hex}_{secret}"


def token_hash(secret: str) -> str:
    """What is kept of a token: its secret has 256 random bits, so one SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def read_token(text: str) -> TokenText | None:
    """Take a token's text apart; None if it is not one of ours."""
    parts = text.split("_", TOKEN_PARTS - 1)
    if len(parts) != TOKEN_PARTS or parts[0] != TOKEN_MARK:
        return None
    try:
        return TokenText(uuid.UUID(hex=parts[1]), parts[2])
    except ValueError:
        return None

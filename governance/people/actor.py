"""Who acts: a membership with its resolved scope, or the system itself."""

from dataclasses import dataclass, field

from governance.errors import Forbidden, NotVisible
from governance.people.choices import Permission, TokenScope
from governance.people.rules import Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """The acting membership, handed to every service as `by`.

    `membership_id` is None for the system (commands, scheduled work), whose scope is given by
    the command. `via` says by which door: page, api, command or worker.
    """

    tenant_id: int
    membership_id: int | None
    name: str
    email: str
    scope: Scope = field(default_factory=Scope)
    is_consultant: bool = False
    user_id: int | None = None
    token_id: int | None = None
    token_scopes: tuple[TokenScope, ...] | None = None
    request_id: str = ""
    on_behalf_of: str = ""
    via: str = "page"

    def may(self, permission: Permission, path: str) -> bool:
        """Whether the permission holds at this path."""
        return self.scope.allows(permission, path)

    def sees(self, path: str) -> bool:
        return self.may(Permission.TREE_VIEW, path)

    def may_anywhere(self, permission: Permission) -> bool:
        return self.scope.allows_anywhere(permission)

    def require(self, permission: Permission, path: str) -> None:
        """Raise `NotVisible` where the place is out of sight, `Forbidden` without the right."""
        if not self.sees(path) and not self.may(permission, path):
            raise NotVisible
        if not self.may(permission, path):
            raise Forbidden("forbidden", Permission(permission).label)
        self.require_write_token(permission)

    def require_anywhere(self, permission: Permission) -> None:
        """For what belongs to the tenant as a whole and not to a place in the tree."""
        if not self.may_anywhere(permission):
            raise Forbidden("forbidden", Permission(permission).label)
        self.require_write_token(permission)

    def require_write_token(self, permission: Permission) -> None:
        """A token limited to reading changes nothing, whatever its person may do."""
        if not permission.value.endswith(".view"):
            self.require_writing()

    def require_writing(self) -> None:
        """For what everybody may do for themselves, but not with a token limited to reading."""
        if self.token_scopes is not None and TokenScope.WRITE not in self.token_scopes:
            raise Forbidden("token_read_only")

"""Errors that services raise and one middleware and one API handler translate for people."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

FieldErrors = Mapping[str, Sequence[StrOrPromise]]


class DomainError(Exception):
    """A refusal in the product's words: a stable `code`, an HTTP `status`, a readable detail."""

    status: ClassVar[int] = 422
    code: str = "refused"
    title: ClassVar[StrOrPromise] = _("This is not possible")

    def __init__(
        self, code: str = "", detail: StrOrPromise = "", *, errors: FieldErrors | None = None
    ) -> None:
        self.code = code or type(self).code
        self.detail = detail
        self.errors = dict(errors or {})
        super().__init__(self.code)


class Refused(DomainError):
    """A rule says no; the code names the rule."""


class Invalid(DomainError):
    """Input that cannot be understood or kept; `errors` says so field by field."""

    status = 400
    code = "invalid"
    title = _("Some of the input is not valid")

    def __init__(self, errors: FieldErrors, detail: StrOrPromise = "") -> None:
        super().__init__("invalid", detail, errors=errors)


class Forbidden(DomainError):
    """Visible to this person, but not theirs to do."""

    status = 403
    code = "forbidden"
    title = _("You do not have the right to do this")


class NotVisible(DomainError):
    """Does not exist for this person; does not say whether it exists for another (N1)."""

    status = 404
    code = "not_found"
    title = _("Not found")


class Conflict(DomainError):
    """The state of things does not allow it now."""

    status = 409
    code = "conflict"
    title = _("This conflicts with the current state")


class Stale(DomainError):
    """Somebody else saved in between; nothing was overwritten."""

    status = 412
    code = "stale"
    title = _("Somebody changed this meanwhile")

    def __init__(self, seen: int, current: int) -> None:
        self.seen, self.current = seen, current
        super().__init__(
            "stale",
            _("You saw version %(seen)s, the current version is %(current)s. Reload and try again.")
            % {"seen": seen, "current": current},
        )

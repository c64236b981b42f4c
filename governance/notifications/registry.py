"""The kinds of notices; apps register theirs in `AppConfig.ready()`."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from governance.notifications.choices import Delivery, NoticeGroup

log = logging.getLogger(__name__)
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in the active language.

    `title` is one line and the subject of a mail; `lines` say more, each a paragraph. `path` is
    what it is about, below the tenant's address and without a slash in front, empty for nothing.
    """

    title: str
    lines: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice.

    `why` completes "You get this because …" without a full stop, in German a clause after "weil";
    it is filled with the params by name (`%(code)s`). `default` holds until a person chooses; one
    that may not be off can only be moved to the daily mail.
    """

    code: str
    label: StrOrPromise
    group: NoticeGroup
    why: StrOrPromise
    render: Callable[[Params], Rendered]
    default: Delivery = Delivery.AT_ONCE
    may_be_off: bool = True

    def choices(self) -> tuple[Delivery, ...]:
        """What a person may choose."""
        return tuple(Delivery) if self.may_be_off else (Delivery.AT_ONCE, Delivery.DIGEST)


_kinds: dict[str, NoticeKind] = {}


def register_kind(kind: NoticeKind) -> None:
    """Make a kind known; registering the same code again replaces it."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> NoticeKind | None:
    """The kind of that code; None for one that no app knows any more."""
    return _kinds.get(code)


def kinds() -> list[NoticeKind]:
    """All kinds in the order in which people are told: by group, then by their labels."""
    order = {group: place for place, group in enumerate(NoticeGroup)}
    return sorted(_kinds.values(), key=lambda kind: (order[kind.group], str(kind.label)))


def render(code: str, params: Params) -> Rendered:
    """A notice in the active language.

    What was written by an older release may lack what its kind asks for today: it then says its
    kind alone, since an inbox must open whatever stands in it.
    """
    kind = kind_of(code)
    if kind is None:
        return Rendered(_("Notice"))
    try:
        return kind.render(params)
    except (LookupError, TypeError, ValueError):
        log.exception("a notice of kind %s cannot be told", code)
        return Rendered(str(kind.label))


def reason(code: str, params: Params) -> str:
    """Why somebody gets a notice, in the active language; empty where nobody knows any more."""
    kind = kind_of(code)
    try:
        why = str(kind.why) % params if kind else ""
    except (LookupError, TypeError, ValueError):
        log.exception("the reason of a notice of kind %s cannot be told", code)
        return ""
    return _("You get this because %(why)s.") % {"why": why} if why else ""

"""Who hears of an exception, and in which words; each thing is told once."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.exceptions.choices import ExceptionOutcome, Tier
from approvals.exceptions.labels import headline
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import parties_of
from approvals.exceptions.standing import bench_of
from governance.notifications.choices import NoticeGroup
from governance.notifications.registry import NoticeKind, Params, Rendered, register_kind
from governance.notifications.services import notify
from governance.people.actor import Actor
from governance.permissions.selectors import seeing
from governance.tree.models import Node

OPENED, ASSIGNED, ASKED = "exception.opened", "exception.assigned", "exception.asked"
CLIMBED, DECIDED, EASED = "exception.climbed", "exception.decided", "exception.eased"


def _tell(
    kind: str, row: GovernanceException, to: Iterable[int | None], by: Actor, **more: Any
) -> None:
    """Tell those who see the place, but for who does it; once for each version of the exception."""
    wanted = {pk for pk in to if pk is not None} - {by.membership_id}
    params = {
        "code": row.code,
        "about": row.subject_code,
        "source": row.source,
        "title": row.title,
        **more,
    }
    key = f"{kind}:{row.code}:{row.version}"
    notify(kind=kind, to=seeing(wanted, row.place), key=key, params=params, by=by)


def tell_opened(row: GovernanceException, by: Actor) -> None:
    """Somebody has to own it: the owners of its place and above, and the sponsor, are told."""
    nodes = Node.objects.filter(pk__in=row.place.ancestor_ids, owner__isnull=False)
    owners = nodes.order_by("-level").values_list("owner_id", flat=True)
    parties = parties_of(row)
    _tell(OPENED, row, [*owners[:2], parties.sponsor, *parties.owners], by)


def tell_assigned(row: GovernanceException, by: Actor) -> None:
    """Its new owner."""
    _tell(ASSIGNED, row, [row.owner_id], by)


def tell_asked(row: GovernanceException, by: Actor) -> None:
    """Those who may decide it."""
    _tell(ASKED, row, bench_of(row).ids, by)


def tell_climbed(row: GovernanceException, by: Actor) -> None:
    """Its owner, and those who answer in its new tier."""
    _tell(CLIMBED, row, [row.owner_id, *bench_of(row).ids], by, tier=row.tier)


def tell_decided(row: GovernanceException, by: Actor) -> None:
    """Its owner, who asked, and who opened it."""
    to = [row.owner_id, row.asked_by_id, row.opened_by_id]
    _tell(DECIDED, row, to, by, outcome=row.outcome)


def tell_eased(row: GovernanceException, by: Actor) -> None:
    """Its owner, and who would decide: the question may have answered itself."""
    to = [row.owner_id, *(bench_of(row).ids if row.known_state.is_unanswered else ())]
    _tell(EASED, row, to, by)


# --- words --------------------------------------------------------------------------------------


def _path(params: Params) -> str:
    return f"exceptions/{params['code']}/"


def _about(params: Params) -> tuple[str, ...]:
    name = headline(str(params["source"]), str(params["title"]))
    return (f"{params['about']}: {name}",)


def _opened(params: Params) -> Rendered:
    title = _("%(code)s on %(about)s was opened and has no owner yet") % params
    return Rendered(title, _about(params), _path(params))


def _assigned(params: Params) -> Rendered:
    title = _("%(code)s on %(about)s is yours now") % params
    return Rendered(title, _about(params), _path(params))


def _asked(params: Params) -> Rendered:
    title = _("Your decision is asked for: %(code)s on %(about)s") % params
    return Rendered(title, _about(params), _path(params))


def _climbed(params: Params) -> Rendered:
    said = {**params, "tier": str(Tier(params["tier"]).label)}
    title = _("Nobody answered %(code)s on %(about)s in time; its tier is now: %(tier)s") % said
    return Rendered(title, _about(params), _path(params))


def _decided(params: Params) -> Rendered:
    said = {**params, "outcome": str(ExceptionOutcome(params["outcome"]).label)}
    title = _("%(code)s on %(about)s was decided: %(outcome)s") % said
    return Rendered(title, _about(params), _path(params))


def _eased(params: Params) -> Rendered:
    title = _("The cause of %(code)s on %(about)s has gone") % params
    more = _("Nothing was closed: decide whether anything is left to do.")
    return Rendered(title, (*_about(params), more), _path(params))


KINDS = (
    NoticeKind(
        OPENED,
        gettext_lazy("An exception was opened"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you are owner or sponsor of %(about)s or of a place above it"),
        _opened,
    ),
    NoticeKind(
        ASSIGNED,
        gettext_lazy("An exception was assigned to me"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you own the exception %(code)s"),
        _assigned,
        may_be_off=False,
    ),
    NoticeKind(
        ASKED,
        gettext_lazy("My decision on an exception is asked for"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you decide exceptions of the tier of %(code)s"),
        _asked,
        may_be_off=False,
    ),
    NoticeKind(
        CLIMBED,
        gettext_lazy("An exception climbed unanswered"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you own the exception %(code)s, or decide it in its new tier"),
        _climbed,
    ),
    NoticeKind(
        DECIDED,
        gettext_lazy("An exception was decided"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you opened or own the exception %(code)s, or asked for its decision"),
        _decided,
    ),
    NoticeKind(
        EASED,
        gettext_lazy("The cause of an exception has gone"),
        NoticeGroup.EXCEPTIONS,
        gettext_lazy("you own the exception %(code)s, or are to decide it"),
        _eased,
    ),
)


def register_kinds() -> None:
    """Make the notices of exceptions known."""
    for kind in KINDS:
        register_kind(kind)

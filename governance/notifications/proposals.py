"""What one person proposed and another brings into force: who hears of it, until it is decided."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from governance.audit.labels import SUBJECTS
from governance.events.registry import subscribe
from governance.notifications.choices import NoticeGroup
from governance.notifications.registry import NoticeKind, Rendered
from governance.notifications.services import notices_settle, notify
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.permissions.selectors import members_who_may, seeing
from governance.tree.models import Node
from governance.versions.choices import VersionState
from governance.versions.services import SettingKind

TASK: Final = "governance.tell_of_proposal"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that waits for a second person.

    `what` names it beside its noun, as plain text in any language; `path` is the page on which it
    is decided. `deciders` are memberships; whoever proposed it is never told.
    """

    what: str
    path: str
    deciders: Iterable[int]
    proposed_by: Membership | None


@dataclass(frozen=True, slots=True)
class ProposalKind:
    """One kind of proposals; `find(key)` answers None for one that waits no more."""

    noun: str
    label: StrOrPromise
    find: Callable[[str], Proposal | None]


_kinds: dict[str, ProposalKind] = {}


def register_proposals(kind: ProposalKind, topics: Iterable[str]) -> None:
    """Tell of a kind of proposals whenever an event of these topics says that one changed.

    Their payload names it: `noun`, and `proposal` where that is not the key of the event.
    """
    _kinds[kind.noun] = kind
    for topic in topics:
        subscribe(topic, TASK)


def register_setting(kind: SettingKind[Any], place: str) -> None:
    """The same for a setting kept in versions, at a page such as `calendar/versions/%(number)s/`.

    One with a place of its own is told to those who see the place.
    """

    def find(number: str) -> Proposal | None:
        people = ("proposed_by__user", *([kind.node] if kind.node else []))
        rows = kind.model.objects.filter(state=VersionState.DRAFT).select_related(*people)
        row = rows.filter(number=int(number)).first()
        if row is None:
            return None
        deciders = members_who_may(Permission.GOVERNANCE_MANAGE)
        node: Node | None = getattr(row, kind.node) if kind.node else None
        if node is not None:
            deciders = seeing(deciders, node)
        return Proposal(number, place % {"number": number}, deciders, row.proposed_by)

    topics = [f"{kind.noun}.{word}" for word in ("proposed", "published", "withdrawn")]
    register_proposals(ProposalKind(kind.noun, SUBJECTS[kind.noun], find), topics)


def _waits(params: Mapping[str, Any]) -> Rendered:
    kind = _kinds[params["noun"]]
    said = {"noun": str(kind.label), "what": params["what"]}
    title = _("Waits for a second person: %(noun)s %(what)s") % said
    by = _("Proposed by %(person)s.") % {"person": params["proposed_by"]}
    return Rendered(title, (by,), params["path"])


KIND: Final = NoticeKind(
    code="version.proposed",
    label=gettext_lazy("Something proposed waits for a second person"),
    group=NoticeGroup.SET_UP,
    why=gettext_lazy("you may bring it into force, and whoever proposed it may not"),
    render=_waits,
)


def proposal_tell(*, noun: str, key: str, by: Actor) -> int:
    """Tell everybody who may decide a proposal, but for who proposed it; how many.

    Once it is decided or withdrawn nobody needs to know of it any more.
    """
    found, notice = _kinds[noun].find(key), f"{KIND.code}:{noun}:{key}"
    if found is None:
        notices_settle(keys=[notice])
        return 0
    proposer = found.proposed_by
    return notify(
        kind=KIND.code,
        to=set(found.deciders) - ({proposer.pk} if proposer else set()),
        key=notice,
        params={
            "noun": noun,
            "what": found.what,
            "path": found.path,
            "proposed_by": proposer.name if proposer else by.name,
        },
        by=by,
    )

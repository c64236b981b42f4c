"""Settings that wait for a second person: who is told, and where they are published (S5)."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.audit.labels import SUBJECTS
from governance.notifications.choices import NoticeGroup
from governance.notifications.registry import NoticeKind, Rendered
from governance.notifications.services import notify
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.people.rules import RIGHTS
from governance.permissions.selectors import members_with
from governance.tree.models import Node

_places: dict[str, str] = {}


def register_place(noun: str, place: str) -> None:
    """Say where versions of a setting are published, such as `calendar/versions/%(number)s/`."""
    _places[noun] = place


def _waits(params: Mapping[str, Any]) -> Rendered:
    noun = params["noun"]
    said = {"noun": str(SUBJECTS.get(noun, noun)), "number": params["number"]}
    title = _("A change waits for a second person: %(noun)s, version %(number)s") % said
    by = _("Proposed by %(person)s.") % {"person": params["proposed_by"]}
    return Rendered(title, (by,), _places.get(noun, "") % params)


KIND: Final = NoticeKind(
    code="version.proposed",
    label=gettext_lazy("A change of the set-up waits for a second person"),
    group=NoticeGroup.SET_UP,
    why=gettext_lazy("you may bring it into force, and whoever proposed it may not"),
    render=_waits,
)


def proposal_tell(*, noun: str, number: str, email: str, by: Actor) -> int:
    """Tell everybody who may publish a version, but for who proposed it; how many."""
    root = Node.objects.get(level=0)
    roles = [role for role, rights in RIGHTS.items() if Permission.GOVERNANCE_MANAGE in rights]
    allowed = {pk for role in roles for pk in members_with(role, root).values_list("pk", flat=True)}
    proposer = Membership.objects.select_related("user").filter(user__email=email).first()
    return notify(
        kind=KIND.code,
        to=allowed - ({proposer.pk} if proposer else set()),
        key=f"{KIND.code}:{noun}:{number}",
        params={
            "noun": noun,
            "number": number,
            "proposed_by": proposer.name if proposer else email,
        },
        by=by,
    )

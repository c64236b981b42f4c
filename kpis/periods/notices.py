"""What controllers are told once the claims of a month have ended."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.registry import NoticeKind, Rendered
from governance.notifications.services import notify
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.permissions.selectors import members_who_may


def _submitted(params: Mapping[str, Any]) -> Rendered:
    month = date.fromisoformat(f"{params['month']}-01")
    title = _("Claims of %(month)s have ended") % {"month": date_format(month, "F Y")}
    line = _("What was claimed is validated under Controlling before the month locks.")
    return Rendered(title, (line,), f"controlling/?month={params['month']}")


KIND: Final = NoticeKind(
    code="period.submitted",
    label=gettext_lazy("The claims of a month have ended"),
    group=NoticeGroup.FIGURES,
    why=gettext_lazy("you validate what was claimed"),
    render=_submitted,
    default=Delivery.DIGEST,
)


def submission_tell(*, month: str, by: Actor) -> int:
    """Tell everybody who validates anywhere that a month (YYYY-MM) may be judged; how many."""
    people = members_who_may(Permission.VALUE_VALIDATE)
    return notify(
        kind=KIND.code, to=people, key=f"{KIND.code}:{month}", params={"month": month}, by=by
    )

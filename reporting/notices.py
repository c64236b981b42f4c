"""The notice with which the transformation office asks for updates."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from governance.notifications.choices import NoticeGroup
from governance.notifications.registry import NoticeKind, Rendered
from reporting.services_rhythm import NUDGE


def _nudge(params: Mapping[str, Any]) -> Rendered:
    count = params["count"]
    title = ngettext(
        "An update of yours is waited for", "%(count)s updates of yours are waited for", count
    )
    by = _("%(person)s asks for them.") % {"person": params["name"]}
    return Rendered(title % {"count": count}, (by,), "my-updates/")


KINDS: Final = (
    NoticeKind(
        code=NUDGE,
        label=gettext_lazy("I am reminded of updates that I owe"),
        group=NoticeGroup.RHYTHM,
        why=gettext_lazy("updates you owe are overdue"),
        render=_nudge,
    ),
)

"""What people are told of escalations, and why they get it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from approvals.escalations.choices import Tier
from approvals.escalations.registry import source_label
from governance.notifications.choices import NoticeGroup
from governance.notifications.registry import NoticeKind, Params, Rendered
from governance.templatetags.ui import day

ONE, MANY = "escalation", "escalations"
# A mail that lists more is read by nobody; the page lists them all.
LISTED: Final = 20


def _one(params: Params) -> Rendered:
    item = params["items"][0]
    title = _("Overdue: %(what)s") % {"what": _named(item)}
    return Rendered(title, (_since(item), _as_whom(item)), f"escalations/{item['id']}/")


def _many(params: Params) -> Rendered:
    count = int(params["count"])
    title = ngettext("%(count)s overdue thing", "%(count)s overdue things", count)
    lines = [f"{_named(item)}: {_since(item)}" for item in params["items"]]
    more = count - len(lines)
    if more > 0:
        lines.append(
            ngettext("… and %(more)s more.", "… and %(more)s more.", more) % {"more": more}
        )
    return Rendered(title % {"count": count}, tuple(lines), "escalations/?told=me")


def _named(item: Mapping[str, Any]) -> str:
    return f"{source_label(item['source'])}, {item['code']} {item['label']}"


def _since(item: Mapping[str, Any]) -> str:
    return _("Due on %(due)s.") % {"due": day(date.fromisoformat(item["due"]))}


def _as_whom(item: Mapping[str, Any]) -> str:
    said = {"level": item["level"], "tier": Tier(item["tier"]).label, "days": item["days"]}
    return _("Level %(level)s, after %(days)s business days: %(tier)s.") % said


KINDS: Final = (
    NoticeKind(
        code=ONE,
        label=gettext_lazy("Something overdue"),
        group=NoticeGroup.ESCALATIONS,
        why=gettext_lazy(
            "it is overdue, and version %(policy)s of the escalation policies names you at level "
            "%(level)s"
        ),
        render=_one,
        may_be_off=False,
    ),
    NoticeKind(
        code=MANY,
        label=gettext_lazy("Several overdue things"),
        group=NoticeGroup.ESCALATIONS,
        why=gettext_lazy(
            "they are overdue, and version %(policy)s of the escalation policies names you, at "
            "level %(level)s at the highest"
        ),
        render=_many,
        may_be_off=False,
    ),
)

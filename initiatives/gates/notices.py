"""The notices of requests and conditions: what they say and why somebody gets them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.choices import Outcome
from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.registry import NoticeKind, Rendered
from governance.templatetags.ui import day
from initiatives.gates.transitions import asked_for

OPENED, REMINDED, DECIDED = "request.opened", "request.reminded", "request.decided"
CONDITION_SET, CONDITION_LAPSED = "condition.set", "condition.lapsed"


def _asks(params: Mapping[str, Any]) -> str:
    return f"{asked_for(params['transition'])}: {params['name']}"


def _due(params: Mapping[str, Any]) -> list[str]:
    if not params.get("due"):
        return []
    return [_("An answer is due on %(due)s.") % {"due": day(date.fromisoformat(params["due"]))}]


def _opened(params: Mapping[str, Any]) -> Rendered:
    title = _("%(code)s: your decision is asked for") % {"code": params["code"]}
    by = _("Asked by %(person)s.") % {"person": params["asked_by"]}
    return Rendered(title, (_asks(params), by, *_due(params)), _card(params))


def _reminded(params: Mapping[str, Any]) -> Rendered:
    title = _("%(code)s: your decision is still missing") % {"code": params["code"]}
    return Rendered(title, (_asks(params), *_due(params)), _card(params))


def _decided(params: Mapping[str, Any]) -> Rendered:
    outcome = Outcome(params["outcome"]).label
    title = _("%(code)s: %(outcome)s") % {"code": params["code"], "outcome": outcome}
    lines = [_asks(params)]
    if params.get("decided_by"):
        lines.append(_("Decided by %(person)s.") % {"person": params["decided_by"]})
    if params.get("rationale"):
        lines.append(params["rationale"])
    return Rendered(title, tuple(lines), _card(params))


def _condition_set(params: Mapping[str, Any]) -> Rendered:
    title = _("%(code)s: a condition for you to meet") % {"code": params["code"]}
    due = day(date.fromisoformat(params["due"]))
    return Rendered(title, (params["text"], _("Due on %(due)s.") % {"due": due}), _of(params))


def _condition_lapsed(params: Mapping[str, Any]) -> Rendered:
    title = _("%(code)s: a condition was not met in time") % {"code": params["code"]}
    due = day(date.fromisoformat(params["due"]))
    was = _("It was due on %(due)s; the measure is on hold.") % {"due": due}
    return Rendered(title, (params["text"], was), _of(params))


def _card(params: Mapping[str, Any]) -> str:
    return f"gate-requests/{params['request']}/"


def _of(params: Mapping[str, Any]) -> str:
    return f"measures/{params['code']}/decisions/"


KINDS: Final = (
    NoticeKind(
        code=OPENED,
        label=gettext_lazy("A decision is asked of me"),
        group=NoticeGroup.DECISIONS,
        why=gettext_lazy("you are asked to decide about %(code)s"),
        render=_opened,
        may_be_off=False,
    ),
    NoticeKind(
        code=REMINDED,
        label=gettext_lazy("A decision of mine is still missing"),
        group=NoticeGroup.DECISIONS,
        why=gettext_lazy("you are asked to decide about %(code)s and have not yet"),
        render=_reminded,
        may_be_off=False,
    ),
    NoticeKind(
        code=DECIDED,
        label=gettext_lazy("My request was decided"),
        group=NoticeGroup.DECISIONS,
        why=gettext_lazy("you asked for this decision or own %(code)s"),
        render=_decided,
    ),
    NoticeKind(
        code=CONDITION_SET,
        label=gettext_lazy("A condition for me to meet"),
        group=NoticeGroup.DECISIONS,
        why=gettext_lazy("you were named to meet this condition"),
        render=_condition_set,
        default=Delivery.DIGEST,
    ),
    NoticeKind(
        code=CONDITION_LAPSED,
        label=gettext_lazy("A condition was not met in time"),
        group=NoticeGroup.ESCALATIONS,
        why=gettext_lazy("you were to meet the condition, set it, or own %(code)s"),
        render=_condition_lapsed,
        may_be_off=False,
    ),
)

"""The notice that a program's report was signed."""

from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.registry import NoticeKind, Params, Rendered
from governance.notifications.services import notify
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.permissions.selectors import members_with, seeing
from governance.templatetags.ui import day
from governance.tree.choices import Level
from governance.tree.models import Node
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.selectors import said

SIGNED: Final = "period_report.signed"
MOST_WORDS: Final = 300


def tell_signed(node: Node, report: PeriodReport, by: Actor) -> int:
    """Tell the sponsor and the transformation office of a program, but for who signed; how many."""
    if node.known_level is not Level.PROGRAM:
        return 0
    wanted = set(members_with(Role.PMO, node).values_list("pk", flat=True)) | {_sponsor(node)}
    to = seeing({pk for pk in wanted if pk is not None} - {by.membership_id}, node)
    params = {
        "code": node.code,
        "name": node.name,
        "number": report.number,
        "day": report.due_on,
        "person": by.name,
        "words": _lead(said(report)["words"]["achieved"]),
        "replaces": report.replaces.number if report.replaces else 0,
    }
    key = f"{SIGNED}:{node.public_id}:{report.number}"
    return notify(kind=SIGNED, to=to, key=key, params=params, by=by)


def _lead(text: str) -> str:
    """The first line of what was achieved, shortened."""
    line = text.partition("\n")[0]
    return f"{line[:MOST_WORDS].rsplit(None, 1)[0]} …" if len(line) > MOST_WORDS else line


def _sponsor(node: Node) -> int | None:
    """The program's sponsor, else that of the nearest place above; at most one query."""
    if node.sponsor_id is not None:
        return int(node.sponsor_id)
    above = Node.objects.filter(pk__in=node.ancestor_ids, sponsor__isnull=False)
    found: int | None = above.order_by("-level").values_list("sponsor_id", flat=True).first()
    return found


def _signed(params: Params) -> Rendered:
    title = _("%(person)s signed report %(number)s of %(code)s %(name)s, period to %(day)s")
    lines = [params["words"]] if params["words"] else []
    if params["replaces"]:
        lines.insert(0, _("It replaces report %(replaces)s.") % params)
    path = f"period-reports/{params['code']}/{params['number']}/"
    said_on = {**params, "day": day(date.fromisoformat(params["day"]))}
    return Rendered(title % said_on, tuple(lines), path)


KIND: Final = NoticeKind(
    code=SIGNED,
    label=gettext_lazy("The report of a program was signed"),
    group=NoticeGroup.RHYTHM,
    why=gettext_lazy("you sponsor %(code)s or run its transformation office"),
    render=_signed,
    default=Delivery.DIGEST,
)

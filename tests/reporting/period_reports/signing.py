"""Signing reports of nodes for tests, in a rhythm whose periods stand well apart from today."""

from datetime import date, timedelta

from governance.calendars.selectors import today_of
from governance.tree.models import Node
from governance.tree.services import node_change
from initiatives.rhythm.rules import RhythmTerms
from reporting.period_reports.drafting import Draft
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import Words
from reporting.period_reports.selectors import Signing, last_report, period_of, signing_of
from reporting.period_reports.services import Signature, draft_for, report_sign
from tests.houses import House
from tests.initiatives.rhythm.keeping import in_rhythm

DONE = Words("Two suppliers signed.", "The third one.", "")


def weekly(house: House, program: Node | None = None) -> None:
    """A week that was due some days ago and one that runs, whatever day it is."""
    today = today_of(house.tenant)
    weekday = (today + timedelta(days=3)).isoweekday()
    starts_on = today - timedelta(days=70)
    in_rhythm(house, RhythmTerms(weekday=weekday, starts_on=starts_on), program)


def signing(house: House, node: Node) -> Signing:
    row = Node.objects.get(pk=node.pk)
    return signing_of(row, house.tenant, last_report(row))


def drafted(
    house: House,
    node: Node,
    who: str = "pmo",
    *,
    due_on: date | None = None,
    is_correction: bool = False,
) -> Draft:
    """The draft as somebody sees it now."""
    open_now = signing(house, node)
    last = open_now.last
    period = period_of(last) if is_correction and last else open_now.period(due_on)
    assert period is not None
    return draft_for(
        open_now, period, tenant=house.tenant, by=house.actor(who), is_correction=is_correction
    )


def signed(
    house: House,
    node: Node,
    who: str = "pmo",
    *,
    words: Words = DONE,
    due_on: date | None = None,
    correction: str = "",
) -> PeriodReport:
    """The draft that is seen now, signed; with a reason it corrects the newest report."""
    with house.active():
        row = Node.objects.get(pk=node.pk)
        last = last_report(row)
        draft = drafted(house, node, who, due_on=due_on, is_correction=bool(correction))
        replaces = last.number if last and correction else None
        signature = Signature(draft.period.due_on, draft.hash, words, replaces, correction)
        return report_sign(node=row, signature=signature, by=house.actor(who))


def both(house: House, node: Node) -> list[PeriodReport]:
    """The period that was due and the one that runs, both signed."""
    return [signed(house, node), signed(house, node)]


def led(house: House, node: Node, **people: str) -> Node:
    """A node with other people, such as `owner="owner"`."""
    with house.active():
        row = Node.objects.get(pk=node.pk)
        fields = {name: house.people[who] for name, who in people.items()}
        return node_change(node=row, seen_version=row.version, fields=fields, by=house.actor("pmo"))

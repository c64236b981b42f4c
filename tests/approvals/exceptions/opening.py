"""Exceptions opened and handled through the services, for tests."""

from typing import Any

from approvals.exceptions.choices import ExceptionOutcome
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import ExceptionSubject
from approvals.exceptions.selectors import exception_by_code
from approvals.exceptions.services.handling import (
    Option,
    exception_ask,
    exception_assign,
    exception_decide,
)
from approvals.exceptions.services.opening import ExceptionDraft, exception_open
from governance.people.choices import Role
from governance.tree.models import Node
from governance.tree.services import node_change
from initiatives.gates.exceptions import subject_of
from initiatives.models import Measure
from tests.approvals.climbing import climber
from tests.houses import House

OPTION = Option(ExceptionOutcome.ACCELERATE, "Pay for express freight", "12000.00")


def fresh(house: House, row: GovernanceException) -> GovernanceException:
    """The exception as it is now, with its people."""
    with house.active():
        return exception_by_code(row.code, by=house.actor("pmo"))


def subject(house: House, measure: Measure | None = None) -> ExceptionSubject:
    """A staffed measure of the house as what an exception is about."""
    with house.active():
        return subject_of(measure or climber(house))


def opened(
    house: House,
    measure: Measure | None = None,
    *,
    who: str = "pmo",
    title: str = "Steel comes late",
    category: str = "supply",
    **more: Any,
) -> GovernanceException:
    """An exception opened by hand on a measure."""
    with house.active():
        draft = ExceptionDraft(subject(house, measure), title, category, **more)
        return exception_open(draft=draft, by=house.actor(who))


def assigned(
    house: House, row: GovernanceException | None = None, *, to: str = "consultant"
) -> GovernanceException:
    """The transformation office gives it to somebody; the consultant may prepare, never decide."""
    row = row or opened(house)
    with house.active():
        return exception_assign(
            row=row, owner=house.people[to], seen_version=row.version, by=house.actor("pmo")
        )


def asked(
    house: House, row: GovernanceException | None = None, *, who: str = "consultant"
) -> GovernanceException:
    """Its owner asks for the decision."""
    row = row or assigned(house, to=who)
    with house.active():
        return exception_ask(
            row=row,
            ask="May we pay for express freight?",
            options=[OPTION],
            seen_version=row.version,
            by=house.actor(who),
        )


def decided(
    house: House,
    row: GovernanceException | None = None,
    *,
    who: str = "sponsor",
    outcome: str = ExceptionOutcome.ACCELERATE,
) -> GovernanceException:
    """Somebody of its tier decides."""
    row = row or asked(house)
    with house.active():
        return exception_decide(
            row=row,
            outcome=outcome,
            rationale="The line must not stop.",
            seen_version=row.version,
            by=house.actor(who),
        )


def led_by(house: House, node: Node, name: str) -> None:
    """Make somebody the owner of a place."""
    with house.active():
        current = Node.objects.get(pk=node.pk)
        node_change(
            node=current,
            seen_version=current.version,
            fields={"owner": house.people[name]},
            by=house.system(Role.PMO),
        )


def one_of_each(house: House, measure: Measure) -> dict[str, GovernanceException]:
    """One in each state in which something can be done; the owner owns, the sponsor decides."""
    owned = [assigned(house, opened(house, measure), to="owner") for _number in range(3)]
    waiting = [asked(house, row, who="owner") for row in owned[1:]]
    return {
        "open": opened(house, measure),
        "owned": owned[0],
        "asked": waiting[0],
        "decided": decided(house, waiting[1]),
    }

"""A desk of overdue things that no other app knows, and a house with somebody at every tier."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from approvals.escalations import registry
from approvals.escalations.choices import Tier
from approvals.escalations.models import Escalation, EscalationLevel, EscalationReceiver
from approvals.escalations.registry import Overdue, Settled, Source
from approvals.escalations.services.running import Ran, escalations_run
from governance.notifications.models import Notification
from governance.people.choices import Role
from governance.permissions.selectors import system_actor
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.services import node_change
from tests.houses import House

CHAIN = {
    Tier.OWES: 1,
    Tier.PACKAGE_LEAD: 3,
    Tier.PROGRAM_MANAGER: 6,
    Tier.SPONSOR: 10,
    Tier.FORUM_CHAIR: 15,
}
# A Wednesday without anything special around it.
DUE = datetime(2026, 3, 4, 23, 59, 59, 999999, tzinfo=UTC)


def at(text: str) -> datetime:
    """A moment in UTC as people write it: `2026-03-06 08:00`."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass
class Desk:
    """Overdue things of one house, and what became of those that are gone."""

    house: House
    items: dict[str, Overdue] = field(default_factory=dict)
    gone: dict[str, Settled] = field(default_factory=dict)
    heard: list[tuple[str, list[str]]] = field(default_factory=list)

    def source(self, **changes: Any) -> Source:
        source = Source(
            code="desk",
            label="Thing",
            is_finance=False,
            shipped=CHAIN,
            due=lambda now: [item for item in self.items.values() if item.clock_from <= now],
            settled=self.settled,
            reached=lambda key, told, _by: self.heard.append((key, [p.name for p in told])),
        )
        return replace(source, **changes)

    def settled(self, keys: Sequence[str]) -> Mapping[str, Settled]:
        return {key: self.gone[key] for key in keys if key in self.gone}

    def owe(self, key: str = "one", due_at: datetime = DUE, **changes: Any) -> Overdue:
        people = self.house.people
        item = Overdue(
            key=key,
            subject_type="thing",
            subject_id=len(self.items) + 1,
            code="M-000001",
            label=f"Thing {key}",
            link="measures/M-000001/",
            place_id=self.house.package.pk,
            due_at=due_at,
            owes=(people["owner"].pk,),
            sponsor=people["sponsor"].pk,
            forum=self.house.forum.pk,
        )
        self.items[key] = replace(item, **changes)
        return self.items[key]

    def settle(self, key: str, settled: Settled | None = None) -> None:
        del self.items[key]
        if settled:
            self.gone[key] = settled

    def run(self, text: str) -> Ran:
        by = system_actor(self.house.tenant.pk, via="worker")
        return escalations_run(by=by, now=at(text))


@contextmanager
def desk_of(house: House, **changes: Any) -> Iterator[Desk]:
    """A desk that is the only source there is, until the end of the block."""
    desk, standing = Desk(house), dict(registry._sources)
    registry._sources.clear()
    registry.register(desk.source(**changes))
    try:
        yield desk
    finally:
        registry._sources.clear()
        registry._sources.update(standing)


def staff(house: House) -> None:
    """Name who leads package and program; the forum has its chair already."""
    by = house.system(Role.PMO)
    with house.active():
        for node, who in ((house.package, "executive"), (house.program, "pmo")):
            row = Node.objects.get(pk=node.pk)
            fields = {"owner": house.people[who]}
            node_change(node=row, seen_version=row.version, fields=fields, by=by)


def in_zone(house: House, zone: str) -> None:
    Tenant.objects.filter(pk=house.tenant.pk).update(time_zone=zone)


def told_at() -> list[tuple[int, str]]:
    """Everybody who was told, by level and role, in the order of the levels."""
    rows = EscalationReceiver.objects.order_by("escalation_id", "number", "id")
    return [(row.number, row.member.name) for row in rows.select_related("member__user")]


def outcomes() -> list[tuple[int, str]]:
    rows = EscalationLevel.objects.order_by("escalation_id", "number")
    return list(rows.values_list("number", "outcome"))


def notices() -> int:
    count: int = Notification.objects.filter(kind__startswith="escalation").count()
    return count


def only() -> Escalation:
    row: Escalation = Escalation.objects.get()
    return row

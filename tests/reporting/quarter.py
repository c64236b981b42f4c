"""A program of careless owners, lived through day by day with the clock of the tests."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from approvals.escalations.choices import Tier
from approvals.escalations.models import Escalation, EscalationReceiver
from approvals.escalations.services.running import Ran, escalations_run
from approvals.exceptions.services.watching import exceptions_climb
from approvals.models import ApprovalRequest
from approvals.services.clocks import clocks_run
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import Role
from governance.people.models import Membership
from governance.people.services import Person, membership_create
from governance.permissions.selectors import actor_for, system_actor
from governance.permissions.services import role_grant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft, node_change, node_create
from initiatives.choices import Overlay
from initiatives.milestones.services import milestone_done
from initiatives.models import Measure, Milestone
from initiatives.services import MeasureDraft, measure_create
from reporting.rollups.services import drain
from tests.houses import House
from tests.initiatives.gates.short import asked, short_model
from tests.reporting.quarter_updates import Deviations, Updates

MEASURES, PACKAGES, OWNERS, WEEKS, REQUESTS = 500, 10, 25, 13, 20
HELD = 25
# How likely somebody mends a thing on a working day after they have heard of it.
DILIGENT, SLOW, NEVER = 0.7, 0.12, 0.0


@dataclass
class Week:
    """What happened in one week of the story."""

    due: int = 0
    settled: int = 0
    told: Counter[str] = field(default_factory=Counter)
    notices: int = 0


@dataclass
class Quarter:
    """The program, its people, and what became of it."""

    house: House
    luck: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # a story
    start: date = field(default_factory=timezone.localdate)
    owners: list[Membership] = field(default_factory=list)
    habits: dict[int, float] = field(default_factory=dict)
    leads: dict[int, Membership] = field(default_factory=dict)
    requests: list[ApprovalRequest] = field(default_factory=list)
    held: dict[int, tuple[date, date]] = field(default_factory=dict)
    updates: Updates = field(init=False)
    deviations: Deviations = field(init=False)
    weeks: dict[int, Week] = field(default_factory=lambda: defaultdict(Week))

    def settle_in(self) -> "Quarter":
        """Packages with their leads, owners with their habits, measures with two milestones."""
        house, by = self.house, self.house.system(Role.PMO, Role.ADMINISTRATOR)
        manager, sponsor = self.person("program.manager", Role.PMO), house.people["sponsor"]
        _named(house.program, by, owner=manager, sponsor=sponsor)
        self.owners = [self.person(f"owner.{n}", Role.OWNER) for n in range(OWNERS)]
        shares = [DILIGENT] * 10 + [SLOW] * 10 + [NEVER] * 5
        self.habits = {one.pk: share for one, share in zip(self.owners, shares, strict=True)}
        short_model(house)
        packages = [self.package(number) for number in range(PACKAGES)]
        measures = [self.measure(number, packages) for number in range(MEASURES)]
        self.requests = [asked(house, row) for row in measures[-REQUESTS:]]
        self._decide(measures[:-REQUESTS])
        under_way = list(
            Measure.objects.select_related("package", "owner__user")
            .filter(pk__in=[row.pk for row in measures[:-REQUESTS]])
            .order_by("pk")
        )
        self.updates = Updates(house, self.start, self.habits, self.luck)
        self.updates.begin(under_way)
        self.deviations = Deviations(house, self.habits, self.luck)
        self.deviations.begin(under_way)
        while drain(house.tenant) > 0:  # a program reports where roll-ups know of measures
            pass
        return self

    def person(self, name: str, role: Role) -> Membership:
        by = self.house.system(Role.ADMINISTRATOR)
        person = Person(email=f"{name}@quarter.example", name=name)
        member = membership_create(person=person, by=by)
        role_grant(membership=member, role=role, node=self.house.root, by=by)
        if role not in {Role.PMO, Role.OWNER}:
            self.house.people[name] = member
        return member

    def package(self, number: int) -> Node:
        by = self.house.system(Role.PMO, Role.ADMINISTRATOR)
        lead = self.person(f"lead.{number}", Role.OWNER)
        draft = NodeDraft(Level.PACKAGE, f"Package {number}", owner=lead)
        node = node_create(parent=self.house.project, draft=draft, by=by)
        self.leads[node.pk] = lead
        return node

    def measure(self, number: int, packages: list[Node]) -> Measure:
        people = self.house.people
        is_asked = number >= MEASURES - REQUESTS
        draft = MeasureDraft(
            f"Measure {number}",
            owner=people["owner"] if is_asked else self.owners[number % OWNERS],
            sponsor=people["sponsor"],
            controller=people["controller"],
            forum=self.house.forum,
        )
        by = self.house.system(Role.PMO, Role.HEAD_OF_CONTROLLING)
        return measure_create(package=packages[number % PACKAGES], draft=draft, by=by)

    def _decide(self, measures: list[Measure]) -> None:
        """Everything but what is asked about is decided, with milestones all over the quarter."""
        subject = Subject("measure", "all", "all")
        record(AuditAction.MEASURE_CHANGED, subject=subject, by=self.house.system())
        self._write([row.pk for row in measures], stage="decided")
        days = [self.start + timedelta(days=n) for n in range(WEEKS * 7)]
        rows = [
            Milestone(measure=row, title=f"Step {step}", weight=1, plan_on=self.luck.choice(days))
            for row in measures
            for step in (1, 2)
        ]
        Milestone.objects.insert_many(rows)
        for row in self.luck.sample(measures, HELD):
            first = self.start + timedelta(days=self.luck.randrange(7, 50))
            self.held[row.pk] = (first, first + timedelta(days=14))

    def _write(self, ids: list[int], **fields: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tests.moves_stages = 'on'")
        Measure.objects.filter(pk__in=ids).update(**fields)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL tests.moves_stages = 'off'")

    def live(self) -> None:
        """Day by day: the scheduler runs shortly after midnight and again, then people work."""
        for number in range(1, WEEKS * 7 + 1):
            day, week = self.start + timedelta(days=number), self.weeks[(number - 1) // 7]
            self._hold(day)
            self.updates.count(day)
            ran = self.run(day, 5)
            again = self.run(day, 6)
            assert (again.opened, again.climbed, again.told) == (0, 0, 0), "told twice"
            week.due += ran.opened
            week.settled += ran.ended
            week.notices += ran.told
            self._hear(day, week)
            # What is mended on the last day would be seen the day after.
            if day.isoweekday() <= 5 and number < WEEKS * 7:
                self._work()
                self.updates.work(day)
                self.deviations.work()

    def run(self, day: date, minute: int) -> Ran:
        by = system_actor(self.house.tenant.pk, via="worker")
        moment = datetime.combine(day, time(0, minute), tzinfo=UTC)
        clocks_run(by=by, now=moment)
        exceptions_climb(by=by, now=moment)
        return escalations_run(by=by, now=moment)

    def _hold(self, day: date) -> None:
        stops = [pk for pk, (first, _last) in self.held.items() if first == day]
        goes = [pk for pk, (_first, last) in self.held.items() if last == day]
        self.updates.held |= set(stops)
        self.updates.held -= set(goes)
        if stops:
            self._write(stops, overlay=Overlay.ON_HOLD)
        if goes:
            self._write(goes, overlay=Overlay.ACTIVE)

    def _hear(self, day: date, week: Week) -> None:
        rows = EscalationReceiver.objects.filter(told_at__date=day)
        pairs = rows.values_list("member_id", "escalation__source", "number")
        for _member, source, level in pairs:
            week.told[f"{source} level {level}"] += 1

    def _work(self) -> None:
        """Owners mend what they heard of, by their habits; nobody else does it for them."""
        told = EscalationReceiver.objects.filter(
            escalation__source="milestone",
            escalation__ended_at__isnull=True,
            escalation__stopped_at__isnull=True,
            number=1,
        )
        for row in told.select_related("escalation").order_by("id"):
            if self.luck.random() >= self.habits.get(row.member_id, NEVER):
                continue
            public_id = row.escalation.item_key.split(":", 1)[0]
            milestone = Milestone.objects.select_related("measure__package").get(
                public_id=public_id
            )
            if milestone.done_at is None:
                member = Membership.objects.select_related("user").get(pk=row.member_id)
                milestone_done(
                    milestone=milestone,
                    seen_version=milestone.version,
                    actual_on=timezone.localdate(),
                    by=actor_for(member, via="page"),
                )

    def right_person(self, row: Escalation, tier: Tier) -> int:
        """Who stands at a tier, as this program was staffed."""
        people, manager = self.house.people, Node.objects.get(pk=self.house.program.pk).owner_id
        if row.source == "period_report":
            return {Tier.OWES: manager, Tier.SPONSOR: people["sponsor"].pk}[tier]
        measure = Measure.objects.get(pk=row.subject_id)
        return {
            # Exceptions are owned by the owners of their measures here.
            Tier.OWES: measure.owner_id,
            Tier.PACKAGE_LEAD: self.leads[measure.package_id].pk,
            Tier.PROGRAM_MANAGER: manager,
            Tier.SPONSOR: people["sponsor"].pk,
            Tier.FORUM_CHAIR: people["forum_member"].pk,
        }[tier]

    def story(self) -> str:
        lines = [f"A quarter of {MEASURES} measures from {self.start:%d.%m.%Y} on"]
        for number, week in sorted(self.weeks.items()):
            told = ", ".join(f"{count} at {what}" for what, count in sorted(week.told.items()))
            lines.append(
                f"week {number + 1:2}: {week.due:3} fell due, {week.settled:3} settled, "
                f"{week.notices:3} notices ({told or 'nobody was told'})"
            )
        lines += ["", *self.updates.story(), ""]
        rows = Escalation.objects.all()
        ended = Counter(rows.filter(ended_at__isnull=False).values_list("end_reason", flat=True))
        still = Counter(rows.filter(ended_at__isnull=True).values_list("source", "level"))
        lines.append(f"ended: {dict(ended)}")
        lines.append(
            "open: " + ", ".join(f"{n} {s} at level {lv}" for (s, lv), n in sorted(still.items()))
        )
        return "\n".join(lines)


def _named(node: Node, by: object, **people: Membership) -> None:
    row = Node.objects.get(pk=node.pk)
    node_change(node=row, seen_version=row.version, fields=people, by=by)

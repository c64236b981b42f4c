"""Random acts of random people on one measure, through the real services, with an own account.

`Walk` does what it is told, swallows refusals, and keeps books of its own: who entered what, who
owned when. The tests compare the database and the audit trail with these books.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.choices import ConditionState, Outcome, ReasonCode
from approvals.models import ApprovalCondition, ApprovalRequest, ApprovalVote, Delegation
from approvals.selectors import open_request
from approvals.services.clocks import clocks_run
from approvals.services.conditions import ConditionDraft, condition_accept
from approvals.services.delegations import DelegationDraft, delegation_give, delegation_revoke
from approvals.services.recusals import request_recuse
from approvals.services.requests import request_withdraw
from approvals.services.votes import VoteDraft, vote_cast
from governance.errors import DomainError
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.permissions.selectors import system_actor
from initiatives.choices import Stage
from initiatives.gates.asking import Asking
from initiatives.gates.changes import change_request
from initiatives.gates.lapses import conditions_lapse
from initiatives.gates.services import gate_request, move_request
from initiatives.gates.transitions import BY_WORD
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS
from initiatives.services import measure_change
from tests.houses import House

PEOPLE = (
    "owner",
    "sponsor",
    "controller",
    "forum_member",
    "executive",
    "pmo",
    "head_of_controlling",
    "second_finance",
    "administrator",
    "auditor",
    "consultant",
    "guest",
)
WORDS = tuple(word for word in BY_WORD if word != "change")
JUDGES = ("owner", "sponsor", "controller", "receiver")
CONTENT = ("description", "name", "calculation_method")


@dataclass
class Walk:
    """One measure among all the people of a house."""

    house: House
    measure_id: int
    done: int = 0
    refused: int = 0
    # Who wrote content by now, who owned it since the last passed gate, and both as they were
    # when each request was submitted.
    entered: set[int] = field(default_factory=set)
    owners: set[int] = field(default_factory=set)
    stage: str = ""
    barred: dict[int, tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)

    def measure(self) -> Measure:
        rows = Measure.objects.select_related(*MEASURE_RELATIONS)
        row: Measure = rows.get(pk=self.measure_id)
        return row

    def member(self, index: int) -> Membership:
        return self.house.people[PEOPLE[index % len(PEOPLE)]]

    def actor(self, index: int) -> Actor:
        return self.house.actor(PEOPLE[index % len(PEOPLE)])

    def note(self) -> None:
        """Write down who owns the measure now, and who was kept out of a new request."""
        row = self.measure()
        if row.stage != self.stage:
            self.stage, self.owners = row.stage, set()
        if row.owner_id:
            self.owners.add(row.owner_id)
        request = self.request()
        if request is not None and request.pk not in self.barred:
            self.barred[request.pk] = (frozenset(self.entered), frozenset(self.owners))

    def entered_before(self, request: ApprovalRequest) -> frozenset[int]:
        return self.barred.get(request.pk, (frozenset(), frozenset()))[0]

    def owners_before(self, request: ApprovalRequest) -> frozenset[int]:
        return self.barred.get(request.pk, (frozenset(), frozenset()))[1]

    def do(self, act: str, who: int, other: int, number: int) -> None:
        """One act; a refusal must leave nothing, so each runs in a savepoint of its own."""
        acts: dict[str, Callable[[int, int, int], None]] = {
            "ask": self.ask,
            "vote": self.vote,
            "edit": self.edit,
            "judge": self.judge,
            "move": self.move,
            "withdraw": self.withdraw,
            "delegate": self.delegate,
            "revoke": self.revoke,
            "recuse": self.recuse,
            "accept": self.accept,
            "change": self.change,
            "time": self.time,
        }
        try:
            with transaction.atomic():
                acts[act](who, other, number)
        except DomainError:
            self.refused += 1
        else:
            self.done += 1
        self.note()

    def ask(self, who: int, _other: int, number: int) -> None:
        row = self.measure()
        stages = list(Stage)
        up = stages[min(stages.index(Stage(row.stage)) + 1, 4)]
        wanted = up if number % 4 else stages[number % 5]
        gate_request(measure=row, to_stage=wanted, asking=Asking("now"), by=self.actor(who))

    def request(self) -> ApprovalRequest | None:
        return open_request("measure", self.measure_id)

    def vote(self, who: int, other: int, number: int) -> None:
        request = self.request()
        if request is None:
            return
        # Mostly go: else no walk would ever come up.
        outcome = list(Outcome)[number % 5] if number % 3 == 0 else Outcome.GO
        conditions = []
        if outcome is Outcome.CONDITIONAL_GO:
            day = timezone.localdate() + timedelta(days=number % 3)
            conditions = [ConditionDraft("Show the contract", self.member(other), day)]
        draft = VoteDraft(
            outcome=outcome,
            rationale="read",
            snapshot_hash=request.snapshot_hash if number % 7 else "0" * 64,
            # Without effects no month supports more than nothing.
            confirmed_amount=Decimal(0 if number % 2 else number)
            if request.transition == "T5"
            else None,
            conditions=conditions,
            on_behalf_of=self.member(other).pk if number % 5 == 0 else None,
        )
        vote_cast(request=request, draft=draft, by=self.actor(who))

    def edit(self, who: int, _other: int, number: int) -> None:
        row, by = self.measure(), self.actor(who)
        fields = {CONTENT[number % 3]: f"Written in full length, number {number}"}
        before = {name: getattr(row, name) for name in fields}
        measure_change(measure=row, seen_version=row.version, fields=fields, by=by)
        if before != fields and by.membership_id:
            self.entered.add(by.membership_id)

    def judge(self, who: int, other: int, number: int) -> None:
        row = self.measure()
        fields = {JUDGES[number % 4]: self.member(other)}
        measure_change(measure=row, seen_version=row.version, fields=fields, by=self.actor(who))

    def asking(self, number: int) -> Asking:
        review = timezone.localdate() + timedelta(days=1 + number % 80)
        return Asking("because", ReasonCode.OTHER, review)

    def move(self, who: int, _other: int, number: int) -> None:
        word = WORDS[number % len(WORDS)]
        move_request(
            measure=self.measure(), word=word, asking=self.asking(number), by=self.actor(who)
        )

    def change(self, who: int, other: int, number: int) -> None:
        fields: dict[str, Any] = {JUDGES[number % 4]: self.member(other)}
        if number % 2:
            fields = {"name": f"Another name {number}"}
        change_request(
            measure=self.measure(),
            fields=fields,
            asking=Asking("because", ReasonCode.OTHER),
            by=self.actor(who),
        )

    def withdraw(self, who: int, _other: int, _number: int) -> None:
        if request := self.request():
            request_withdraw(request=request, comment="", by=self.actor(who))

    def recuse(self, who: int, _other: int, _number: int) -> None:
        if request := self.request():
            request_recuse(request=request, reason="conflict", by=self.actor(who))

    def delegate(self, who: int, other: int, number: int) -> None:
        today = timezone.localdate()
        draft = DelegationDraft(
            delegate=self.member(other),
            place=self.house.root,
            starts_on=today,
            ends_on=today + timedelta(days=number % 30),
        )
        delegation_give(draft=draft, by=self.actor(who))

    def revoke(self, who: int, _other: int, number: int) -> None:
        rows = list(Delegation.objects.filter(revoked_at__isnull=True).order_by("id"))
        if rows:
            delegation_revoke(delegation=rows[number % len(rows)], by=self.actor(who))

    def accept(self, who: int, _other: int, number: int) -> None:
        rows = ApprovalCondition.objects.filter(state=ConditionState.OPEN).select_related(
            "request__place", "owner__user"
        )
        found = list(rows.order_by("id"))
        if found:
            row = found[number % len(found)]
            condition_accept(
                condition=row, note="seen", seen_version=row.version, by=self.actor(who)
            )

    def time(self, _who: int, _other: int, number: int) -> None:
        """The scheduled worker, some days on."""
        by = system_actor(self.house.tenant.pk, via="worker")
        later = timezone.now() + timedelta(days=number % 12)
        clocks_run(by=by, now=later)
        conditions_lapse(today=later.date(), by=by)


def votes_on(walk: Walk) -> list[ApprovalVote]:
    """Every vote of the walk with its request and step."""
    rows = ApprovalVote.objects.filter(request__subject_id=walk.measure_id)
    return list(rows.select_related("request", "step", "voter", "seat").order_by("id"))


def requests_on(walk: Walk) -> list[ApprovalRequest]:
    rows = ApprovalRequest.objects.filter(subject_id=walk.measure_id)
    return list(rows.order_by("id"))

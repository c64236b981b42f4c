"""The segregation of duties as a table: each rule, where it is enforced, what breaks it now."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from approvals.choices import Outcome, RequestState, StepState
from approvals.models import ApprovalBar, ApprovalDecision, ApprovalStep, ApprovalVote
from approvals.selectors import live_delegations
from governance.people.choices import MembershipKind, Role
from governance.people.rules import NOT_FOR_CONSULTANTS, covers
from governance.permissions.models import NodeGrant
from governance.permissions.selectors import live_grants
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.stage_models.models import StageModelVersion

MOST = 200
BUSINESS = frozenset(
    {
        Role.SPONSOR,
        Role.OWNER,
        Role.CONTROLLER,
        Role.SECOND_FINANCE,
        Role.HEAD_OF_CONTROLLING,
        Role.PMO,
        Role.FORUM_MEMBER,
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """One row of data that breaks a rule, or comes near; what it is about, for a link."""

    text: str
    is_violation: bool
    measure: str = ""
    request_id: UUID | None = None
    person_id: UUID | None = None


Find = Callable[[], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule: its code, its sentence, where it is enforced."""

    code: str
    sentence: StrOrPromise
    enforced: StrOrPromise


_more: dict[str, list[Find]] = defaultdict(list)


def register_finder(code: str, find: Find) -> None:
    """An app above that holds more facts looks for breaches of a rule too."""
    if find not in _more[code]:
        _more[code].append(find)


DUTIES = (
    Duty(
        "S1",
        gettext_lazy(
            "Nobody decides a request who requested or entered it, or was owner since the gate."
        ),
        gettext_lazy("At every vote, from the bars of the request; constraints of the database"),
    ),
    Duty(
        "S2",
        gettext_lazy("The controller of a measure is not its owner, sponsor or effect owner."),
        gettext_lazy("When people are named; a constraint of the database"),
    ),
    Duty(
        "S3",
        gettext_lazy("Closure is decided by the named controller, nobody else."),
        gettext_lazy("In the definition of every stage model, and at the vote"),
    ),
    Duty(
        "S4",
        gettext_lazy("Whoever entered, imported or claimed an actual does not validate it."),
        gettext_lazy("When actuals are validated"),
    ),
    Duty(
        "S5",
        gettext_lazy(
            "Settings are published by a second person, who then decides nothing for now."
        ),
        gettext_lazy("When a version is published, and at the vote; a constraint of the database"),
    ),
    Duty(
        "S6",
        gettext_lazy("Nobody grants a role to himself; an administrator has no business rights."),
        gettext_lazy("When a role is granted; a constraint of the database"),
    ),
    Duty(
        "S7",
        gettext_lazy("A consultant prepares and never decides, but in a forum that gave a seat."),
        gettext_lazy("When a role is granted or delegated, and at the vote"),
    ),
    Duty(
        "S8",
        gettext_lazy("Restating a closed period: proposer and approver are two finance people."),
        gettext_lazy("When a closed period is restated"),
    ),
    Duty(
        "S9",
        gettext_lazy("An override never covers a gate, a closure, a validation or S1 to S8."),
        gettext_lazy("There is no address that overrides a decision"),
    ),
    Duty(
        "S10",
        gettext_lazy("An auditor reads everything in scope and writes nothing but findings."),
        gettext_lazy("In the table of rights, and at the vote"),
    ),
    Duty(
        "S11",
        gettext_lazy("Who judges is not chosen by the judged."),
        gettext_lazy("When people are named; afterwards by a change request"),
    ),
)


def findings_of(code: str) -> list[Found]:
    """What breaks a rule now or comes near it, breaches first; a fixed number of queries."""
    finders = [*_FINDERS.get(code, ()), *_more[code]]
    found = [one for find in finders for one in find()]
    return sorted(found, key=lambda one: not one.is_violation)[:MOST]


def is_checked(code: str) -> bool:
    """Whether anything looks for breaches of a rule in the data."""
    return bool(_FINDERS.get(code) or _more[code])


def _owner_sponsor() -> Iterable[Found]:
    text = _("%(code)s: owner and sponsor are one person")
    rows = Measure.objects.filter(owner=F("sponsor"))[:MOST]
    return [Found(text % {"code": row.code}, is_violation=True, measure=row.code) for row in rows]


def _acceptors() -> Iterable[Found]:
    text = _("%(code)s: the milestone «%(title)s» is accepted by the owner")
    rows = Milestone.objects.filter(acceptor=F("measure__owner")).select_related("measure")[:MOST]
    return [
        Found(
            text % {"code": row.measure.code, "title": row.title},
            is_violation=True,
            measure=row.measure.code,
        )
        for row in rows
    ]


def _barred_votes() -> Iterable[Found]:
    """Votes of, or in the seat of, somebody who asked or was kept out."""
    barred = ApprovalBar.objects.filter(request_id=OuterRef("request_id")).filter(
        Q(membership_id=OuterRef("voter_id")) | Q(membership_id=OuterRef("seat_id"))
    )
    asked = Q(voter=F("request__requested_by")) | Q(seat=F("request__requested_by"))
    rows = ApprovalVote.objects.filter(asked | Exists(barred))
    text = _("%(code)s: %(name)s voted although kept out")
    return _votes(rows, text)


def _votes(rows: QuerySet[ApprovalVote], text: str) -> list[Found]:
    found = []
    for vote in rows.select_related("request", "voter__user")[:MOST]:
        said = {"code": vote.request.subject_code, "name": vote.voter.name}
        found.append(
            Found(
                text % said,
                is_violation=True,
                measure=vote.request.subject_code,
                request_id=vote.request.public_id,
            )
        )
    return found


def _stuck_steps() -> Iterable[Found]:
    """Open steps whose decider is kept out: nobody broke a rule, and nobody can decide."""
    barred = ApprovalBar.objects.filter(
        request_id=OuterRef("request_id"), membership_id=OuterRef("decider_id")
    )
    rows = ApprovalStep.objects.filter(
        Exists(barred), state=StepState.OPEN, request__state=RequestState.OPEN
    ).select_related("request", "decider__user")
    text = _("%(code)s: %(name)s is asked and kept out; somebody else must decide")
    return [
        Found(
            text % {"code": step.request.subject_code, "name": step.decider.name},
            is_violation=False,
            measure=step.request.subject_code,
            request_id=step.request.public_id,
        )
        for step in rows[:MOST]
    ]


def _barred_delegates() -> Iterable[Found]:
    """Delegations to somebody who is kept out of a request that waits for the delegator."""
    waits = ApprovalStep.objects.filter(
        request_id=OuterRef("request_id"),
        state=StepState.OPEN,
        decider_id=OuterRef(OuterRef("delegator_id")),
    )
    barred = ApprovalBar.objects.filter(
        Exists(waits), membership_id=OuterRef("delegate_id"), request__state=RequestState.OPEN
    )
    text = _("%(delegate)s carries the voice of %(name)s and is kept out of what waits for it")
    return [
        Found(
            text % {"delegate": row.delegate.name, "name": row.delegator.name},
            is_violation=False,
            person_id=row.delegate.public_id,
        )
        for row in live_delegations().filter(Exists(barred))[:MOST]
    ]


def _judged_controllers() -> Iterable[Found]:
    text = _("%(code)s: the controller is owner or sponsor too")
    rows = Measure.objects.filter(Q(controller=F("owner")) | Q(controller=F("sponsor")))[:MOST]
    return [Found(text % {"code": row.code}, is_violation=True, measure=row.code) for row in rows]


def _closures() -> Iterable[Found]:
    """Closures without the vote of the named controller."""
    signed = ApprovalVote.objects.filter(
        request_id=OuterRef("request_id"),
        step__part="closing_controller",
        outcome=Outcome.GO,
        seat_id=F("step__decider_id"),
    )
    rows = ApprovalDecision.objects.filter(
        ~Exists(signed), outcome=Outcome.GO, request__transition="T5"
    ).select_related("request")
    text = _("%(code)s was closed without its controller's vote")
    return [
        Found(
            text % {"code": row.request.subject_code},
            is_violation=True,
            measure=row.request.subject_code,
            request_id=row.request.public_id,
        )
        for row in rows[:MOST]
    ]


def _publishers() -> Iterable[Found]:
    text = _("%(version)s was proposed and published by one person")
    rows = StageModelVersion.objects.filter(published_by=F("proposed_by"))
    return [Found(text % {"version": row.policy}, is_violation=True) for row in rows[:MOST]]


def _publishers_votes() -> Iterable[Found]:
    """Votes under a version by whoever had just published it."""
    condition = Q(pk__in=[])
    for row in StageModelVersion.objects.filter(published_by__isnull=False):
        pause = timedelta(days=row.read.limits.publisher_pause_days)
        condition |= Q(
            policy=row.policy,
            voter=row.published_by_id,
            voted_at__range=(row.published_at, row.published_at + pause),
        )
    text = _("%(code)s: %(name)s voted under a stage model published by the same person")
    return _votes(ApprovalVote.objects.filter(condition), text)


def _grants() -> Iterable[Found]:
    text = _("%(name)s granted a role to oneself")
    rows = NodeGrant.objects.filter(granted_by=F("membership")).select_related("membership__user")
    return [
        Found(
            text % {"name": row.membership.name},
            is_violation=True,
            person_id=row.membership.public_id,
        )
        for row in rows[:MOST]
    ]


def _two_hats(role: Role, others: frozenset[Role], text: str) -> Iterable[Found]:
    """People who hold a role and, beside it, another that does not go with it."""
    rows = live_grants().filter(permission__codename__in=[role, *others])
    held: dict[int, set[str]] = defaultdict(set)
    people = {}
    for row in rows.select_related("membership__user", "permission"):
        held[row.membership_id].add(row.role)
        people[row.membership_id] = row.membership
    return [
        Found(
            text % {"name": people[pk].name, "role": ", ".join(_labels(roles - {role}))},
            is_violation=False,
            person_id=people[pk].public_id,
        )
        for pk, roles in sorted(held.items())
        if role in roles and len(roles) > 1
    ]


def _labels(roles: Iterable[str]) -> list[str]:
    return [str(role.label) for role in Role if role in roles]


def _administrators() -> Iterable[Found]:
    return _two_hats(
        Role.ADMINISTRATOR, BUSINESS, _("%(name)s is administrator and holds: %(role)s")
    )


def _auditors() -> Iterable[Found]:
    others = frozenset(Role) - {Role.AUDITOR}
    return _two_hats(Role.AUDITOR, others, _("%(name)s is auditor and holds: %(role)s"))


def _consultants() -> Iterable[Found]:
    rows = live_grants().filter(
        membership__kind=MembershipKind.CONSULTANT, permission__codename__in=NOT_FOR_CONSULTANTS
    )
    text = _("%(name)s is a consultant and holds a role that decides")
    return [
        Found(
            text % {"name": row.membership.name},
            is_violation=True,
            person_id=row.membership.public_id,
        )
        for row in rows.select_related("membership__user")[:MOST]
    ]


def _consultants_votes() -> Iterable[Found]:
    rows = ApprovalVote.objects.filter(
        voter__kind=MembershipKind.CONSULTANT, step__forum__isnull=True
    )
    return _votes(rows, _("%(code)s: the consultant %(name)s voted outside a forum"))


def _controllers() -> Iterable[Found]:
    """Controllers named on measures who do not hold the role there any more."""
    held: dict[int, list[str]] = defaultdict(list)
    grants = live_grants().filter(permission__codename=Role.CONTROLLER)
    for member, path in grants.values_list("membership_id", "content_object__path"):
        held[member].append(path)
    rows = Measure.objects.filter(controller__isnull=False).values_list(
        "code", "controller_id", "package__path"
    )
    text = _("%(code)s: the person named as controller does not hold the role there")
    return [
        Found(text % {"code": code}, is_violation=False, measure=code)
        for code, person, path in rows.order_by("code")
        if not any(covers(prefix, path) for prefix in held[person])
    ]


_FINDERS: dict[str, tuple[Find, ...]] = {
    "S1": (_owner_sponsor, _acceptors, _barred_votes, _stuck_steps, _barred_delegates),
    "S2": (_judged_controllers,),
    "S3": (_closures,),
    "S5": (_publishers, _publishers_votes),
    "S6": (_grants, _administrators),
    "S7": (_consultants, _consultants_votes),
    "S10": (_auditors,),
    "S11": (_controllers,),
}

"""Deciding: the vote that closes a request, and the inbox with ten thousand open requests."""

from collections.abc import Iterator
from functools import partial

from django.test import Client

from approvals.choices import Outcome
from approvals.models import ApprovalRequest, ApprovalStep
from approvals.selectors import inbox
from approvals.services.votes import VoteDraft, vote_cast
from governance.audit.choices import AuditAction
from governance.people.actor import Actor
from tests.bench.asked import FEW, ask_many, ask_some
from tests.bench.benchmarks.a_lists import OK, answer
from tests.bench.estate import event_form
from tests.bench.place import Place
from tests.bench.registry import Act, Pair, benchmark
from tests.bench.timing import MOST_TURNS, WARM_UP

PAGE = 51
SPARE, SHARE = 4, 5
# One row of each table that the product writes, in one transaction.
WRITES = (
    (
        "INSERT INTO approvals_approvalvote (tenant_id, public_id, request_id, step_id, voter_id,"
        " seat_id, outcome, rationale, reason_code, snapshot_hash, policy)"
        " VALUES (%(tenant)s, gen_random_uuid(), %(request)s, %(step)s, %(me)s, %(me)s, 'go',"
        " 'Agreed.', '', %(hash)s, 'standard-1')"
    ),
    (
        "INSERT INTO approvals_approvaldecision (tenant_id, public_id, request_id, outcome,"
        " decided_by_id, rationale, snapshot_hash, policy, to_state, to_overlay)"
        " VALUES (%(tenant)s, gen_random_uuid(), %(request)s, 'go', %(me)s, 'Agreed.', %(hash)s,"
        " 'standard-1', 'detailed', 'active')"
    ),
    (
        "UPDATE approvals_approvalrequest SET state = 'decided', closed_at = now(),"
        " version = version + 1, updated_at = now()"
        " WHERE tenant_id = %(tenant)s AND id = %(request)s"
    ),
    (
        "UPDATE approvals_approvalstep SET state = 'met'"
        " WHERE tenant_id = %(tenant)s AND id = %(step)s"
    ),
    (
        "UPDATE initiatives_measure SET stage = 'detailed', stage_since = now(),"
        " version = version + 1, updated_at = now()"
        " WHERE tenant_id = %(tenant)s AND id = %(measure)s"
    ),
)
TOLD = (
    "INSERT INTO governance_auditevent (tenant_id, body)"
    " VALUES (%(tenant)s, replace(%(body)s, '@id', gen_random_uuid()::text))"
)
SENT = (
    "INSERT INTO governance_outboxevent (tenant_id, event_id, topic, key, payload)"
    " VALUES (%(tenant)s, gen_random_uuid(), 'request.decided', %(key)s, '{}')"
)
EVENTS, MESSAGES = 3, 2

WAITING = """
SELECT s.*, r.*, n.*, u.name, u.email, d.name, f.name
FROM approvals_approvalstep s
JOIN approvals_approvalrequest r ON r.tenant_id = s.tenant_id AND r.id = s.request_id
JOIN governance_node n ON n.tenant_id = r.tenant_id AND n.id = r.place_id
LEFT JOIN governance_membership q ON q.tenant_id = r.tenant_id AND q.id = r.requested_by_id
LEFT JOIN governance_user u ON u.id = q.user_id
LEFT JOIN governance_membership e ON e.tenant_id = s.tenant_id AND e.id = s.decider_id
LEFT JOIN governance_user d ON d.id = e.user_id
LEFT JOIN governance_forum f ON f.tenant_id = s.tenant_id AND f.id = s.forum_id
WHERE s.tenant_id = %s AND s.state = 'open' AND s.decider_id = %s ORDER BY s.due_at, s.id LIMIT 51
"""
BARE_VOTE = (
    "The bare side writes the same rows in one transaction with triggers and foreign keys off: "
    "vote, decision, request, step, measure, three audit events, two messages; it checks nothing."
)
BARE_INBOX = (
    "The bare side is one statement: the first 51 open steps that name the person, with request, "
    "place and people; no forums, roles, delegations, recusals or rights."
)


@benchmark(
    "Decisions per second",
    note="A vote that closes its request and moves the measure; 1,000 divided by the milliseconds "
    "is the number of decisions that one process takes in a second.",
)
def deciding(place: Place) -> Iterator[Pair]:
    """By the service alone, and by the API with sign-in and the answer's representation."""
    house = place.house
    count = min(MOST_TURNS + WARM_UP + SPARE, place.size // SHARE)
    queues = [iter(ask_some(place, count * turn, count)) for turn in range(SHARE - 1)]
    with house.active():
        steps = dict(ApprovalStep.objects.values_list("request_id", "id"))
    actor, caller = house.actor("sponsor"), house.caller("sponsor")

    def by_service() -> None:
        request = next(queues[0])
        draft = VoteDraft(Outcome.GO, "Agreed.", request.snapshot_hash)
        with house.active():
            assert vote_cast(request=request, draft=draft, by=actor).state == "decided"

    def by_api() -> None:
        request = next(queues[2])
        body = {
            "outcome": "go",
            "rationale": "Agreed.",
            "snapshot_hash": request.snapshot_hash,
        }
        response = caller.post(f"gate-requests/{request.public_id}/decision/", body)
        assert response.status_code == OK, response.content

    for name, act, queue in (
        ("service in its transaction", by_service, queues[1]),
        ("API", by_api, queues[3]),
    ):
        yield Pair(name, act, partial(_written, place, queue, steps, actor), note=BARE_VOTE)


def _written(
    place: Place, queue: Iterator[ApprovalRequest], steps: dict[int, int], actor: Actor
) -> None:
    request = next(queue)
    values = {
        "tenant": place.tenant_id,
        "request": request.pk,
        "step": steps[request.pk],
        "measure": request.subject_id,
        "me": actor.membership_id,
        "hash": request.snapshot_hash,
        "body": event_form(place.house, AuditAction.MEASURE_STAGE_CHANGED, "measure"),
        "key": request.subject_code,
    }
    with place.unguarded.transaction():
        for statement in (*WRITES, *[TOLD] * EVENTS, *[SENT] * MESSAGES):
            assert place.unguarded.execute(statement.encode(), values).rowcount == 1


@benchmark(
    "Inbox of decisions",
    note="Ten thousand requests are open at once, or one for each measure where there are fewer: "
    "30 wait for one person, half of all for another. Each has three steps, a snapshot and "
    "somebody who is kept out of it.",
)
def waiting(place: Place) -> Iterator[Pair]:
    """What waits for a person, as the selector reads it, the API answers it, a page shows it."""
    house = place.house
    ask_many(place)
    for who, title in (("controller", "30 waiting"), ("head_of_controlling", "half waiting")):
        actor, member = house.actor(who), house.people[who].pk
        bare = partial(place.read, WAITING, (place.tenant_id, member))
        yield Pair(f"{title}, selector", _selected(place, actor), bare, note=BARE_INBOX)
        ask = {"waiting_for_me": "true"}
        yield Pair(f"{title}, API", answer(house.caller(who), "gate-requests/", ask), bare)
        client = house.client(who)
        if client.get(house.page("decisions/")).status_code == OK:
            yield Pair(f"{title}, page", _shown(place, client), bare)


def _selected(place: Place, actor: Actor) -> Act:
    def read() -> None:
        with place.house.active():
            assert len(inbox(actor).order_by("due_at", "id")[:PAGE]) >= FEW

    return read


def _shown(place: Place, client: Client) -> Act:
    def get() -> None:
        assert client.get(place.house.page("decisions/")).status_code == OK

    return get

"""Open requests of a generated tenant: real ones to be decided, and thousands in one statement."""

from decimal import Decimal

from approvals.models import ApprovalBar, ApprovalRequest, ApprovalStep
from approvals.rules import Ask
from approvals.services.requests import RequestDraft, request_submit
from governance.people.actor import Actor
from governance.permissions.selectors import actor_for
from initiatives.choices import Overlay, Stage
from initiatives.gates.snapshot import snapshot_of
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS
from tests.bench.place import Place

FEW, HALF, MANY = 30, 2, 10_000
TABLES = tuple(model._meta.db_table for model in (ApprovalRequest, ApprovalStep, ApprovalBar))
# What a request of a real measure carries is about this long.
SNAPSHOT = '{"effects":[' + ",".join(['{"cells":{"2026-01":"1000.00"}}'] * 60) + "]}"

END = (
    (
        "UPDATE approvals_approvalrequest SET state = 'voided', closed_at = now()"
        " WHERE tenant_id = %(tenant)s AND state = 'open'"
    ),
    (
        "UPDATE approvals_approvalstep SET state = 'ended'"
        " WHERE tenant_id = %(tenant)s AND state IN ('open', 'waiting')"
    ),
)
# The first `few` wait for one person, the first half of the others for a second, the rest for a
# third, every tenth of these for a forum: each as the second of three steps.
ASK = """
WITH chosen AS (
  SELECT m.id, m.code, m.package_id, row_number() OVER (ORDER BY m.id) AS n
  FROM initiatives_measure m WHERE m.tenant_id = %(tenant)s ORDER BY m.id LIMIT %(count)s
), asked AS (
  INSERT INTO approvals_approvalrequest (tenant_id, public_id, version, subject_type, subject_id,
    subject_code, place_id, transition, from_state, to_state, from_overlay, to_overlay, state,
    requested_by_id, requested_at, comment, reason_code, details, snapshot, snapshot_hash, policy,
    calendar_number, amount, close_note)
  SELECT %(tenant)s, gen_random_uuid(), 1, 'measure', id, code, package_id, 'T3', 'detailed',
    'decided', 'active', 'active', 'open', %(requester)s, now() - n * interval '1 minute', '', '',
    '{}', %(snapshot)s, encode(sha256(convert_to(%(snapshot)s || id, 'UTF8')), 'hex'),
    'standard-1', 0, 1000 * n, ''
  FROM chosen RETURNING id, subject_id
), ranked AS (
  SELECT a.id, c.n FROM asked a JOIN chosen c ON c.id = a.subject_id
), barred AS (
  INSERT INTO approvals_approvalbar (tenant_id, request_id, membership_id, rule, reason)
  SELECT %(tenant)s, id, %(requester)s, 'S1', 'entered what is judged' FROM ranked
)
INSERT INTO approvals_approvalstep (tenant_id, public_id, request_id, position, part, decider_id,
  forum_id, role, mode, needed, clock_days, state, opened_at, due_at)
SELECT %(tenant)s, gen_random_uuid(), r.id, s.position, s.part,
  CASE WHEN s.position = 3 OR (r.n %% 10 = 0 AND r.n > %(half)s) THEN NULL
       WHEN r.n <= %(few)s THEN %(one)s WHEN r.n <= %(half)s THEN %(other)s ELSE %(third)s END,
  CASE WHEN s.position = 3 OR (r.n %% 10 = 0 AND r.n > %(half)s) THEN %(forum)s END,
  '', 'any', 1, 5, s.state, now(),
  CASE WHEN s.state = 'waiting' THEN NULL ELSE now() + (r.n %% 97) * interval '1 hour' END
FROM ranked r CROSS JOIN (VALUES (1, 'co_signature', 'met'), (2, 'controller', 'open'),
  (3, 'forum', 'waiting')) AS s(position, part, state)
"""


def ask_many(place: Place) -> int:
    """Up to ten thousand open requests in place of all that were open; how many there are."""
    house = place.house
    count = min(place.size, MANY)
    values = {
        "tenant": place.tenant_id,
        "count": count,
        "few": FEW,
        "half": FEW + count // HALF,
        "requester": house.people["owner"].pk,
        "one": house.people["controller"].pk,
        "other": house.people["head_of_controlling"].pk,
        "third": house.people["sponsor"].pk,
        "forum": house.forum.pk,
        "snapshot": SNAPSHOT,
    }
    for statement in (*END, ASK):
        place.unguarded.execute(statement.encode(), values)
    for table in TABLES:
        place.unguarded.execute(f"VACUUM (ANALYZE) {table}".encode())
    return count


def ask_some(place: Place, first: int, count: int) -> list[ApprovalRequest]:
    """Real requests on real snapshots, each open in one step that waits for the sponsor's go."""
    house = place.house
    with house.active():
        owner = actor_for(house.people["owner"], via="page")
        rows = Measure.objects.select_related(*MEASURE_RELATIONS).order_by("id")
        return [_asked(measure, place, owner) for measure in rows[first : first + count]]


def _asked(measure: Measure, place: Place, owner: Actor) -> ApprovalRequest:
    draft = RequestDraft(
        subject_type="measure",
        subject_id=measure.pk,
        subject_code=measure.code,
        place=measure.package,
        transition="T2",
        from_state=Stage.IDENTIFIED,
        to_state=Stage.DETAILED,
        from_overlay=Overlay.ACTIVE,
        to_overlay=Overlay.ACTIVE,
        snapshot=snapshot_of(measure, "T2"),
        policy=measure.stage_model.policy,
        amount=Decimal(1000),
    )
    ask = Ask("sponsor", 1, 5, decider=place.house.people["sponsor"].pk)
    return request_submit(draft=draft, asks=[ask], bars=[], by=owner)

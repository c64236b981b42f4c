"""Keys, row security and guards: votes, decisions and requests hold to S1, G2, G3 and G5."""

from django.db import migrations

from governance.tenancy.operations import TenantTable

REQUEST_GUARD = """
CREATE FUNCTION approval_request_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' THEN broken := 'approvals_request_starts_open'; END IF;
  ELSE
    broken := CASE
      WHEN TG_OP = 'DELETE' THEN 'approvals_request_stays'
      WHEN (NEW.public_id, NEW.subject_type, NEW.subject_id, NEW.subject_code, NEW.transition,
            NEW.from_state, NEW.to_state, NEW.from_overlay, NEW.to_overlay, NEW.requested_by_id,
            NEW.requested_at, NEW.comment, NEW.reason_code, NEW.snapshot, NEW.snapshot_hash,
            NEW.policy, NEW.calendar_number, NEW.details, NEW.amount)
           IS DISTINCT FROM
           (OLD.public_id, OLD.subject_type, OLD.subject_id, OLD.subject_code, OLD.transition,
            OLD.from_state, OLD.to_state, OLD.from_overlay, OLD.to_overlay, OLD.requested_by_id,
            OLD.requested_at, OLD.comment, OLD.reason_code, OLD.snapshot, OLD.snapshot_hash,
            OLD.policy, OLD.calendar_number, OLD.details, OLD.amount)
        THEN 'approvals_request_is_fixed'
      WHEN OLD.state <> 'open'
           AND (NEW.state, NEW.closed_at, NEW.close_note)
               IS DISTINCT FROM (OLD.state, OLD.closed_at, OLD.close_note)
        THEN 'approvals_request_is_final'
      WHEN OLD.state = 'open' AND NEW.state = 'decided' AND NOT EXISTS (
             SELECT FROM approvals_approvaldecision d
             WHERE d.tenant_id = NEW.tenant_id AND d.request_id = NEW.id)
        THEN 'approvals_request_needs_decision'
    END;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'what a request asks is fixed, and it ends once (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER request_is_final BEFORE INSERT OR UPDATE OR DELETE ON approvals_approvalrequest
  FOR EACH ROW EXECUTE FUNCTION approval_request_is_final();
"""

VOTE_GUARD = """
CREATE FUNCTION approval_vote_is_entitled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked approvals_approvalrequest%ROWTYPE;
  step approvals_approvalstep%ROWTYPE;
  place text;
  broken text;
BEGIN
  SELECT * INTO asked FROM approvals_approvalrequest r
    WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.request_id;
  SELECT * INTO step FROM approvals_approvalstep s
    WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.step_id;
  SELECT n.path INTO place FROM governance_node n
    WHERE n.tenant_id = NEW.tenant_id AND n.id = asked.place_id;
  broken := CASE
    WHEN step.request_id IS DISTINCT FROM NEW.request_id THEN 'approvals_vote_in_its_request'
    WHEN asked.state <> 'open' OR step.state <> 'open' THEN 'approvals_vote_while_open'
    WHEN asked.snapshot_hash <> NEW.snapshot_hash THEN 'approvals_vote_on_the_snapshot'
    WHEN asked.requested_by_id IN (NEW.voter_id, NEW.seat_id)
      THEN 'approvals_vote_not_by_requester'
    WHEN EXISTS (SELECT FROM approvals_approvalbar b
                 WHERE b.tenant_id = NEW.tenant_id AND b.request_id = NEW.request_id
                   AND b.membership_id IN (NEW.voter_id, NEW.seat_id))
      THEN 'approvals_vote_not_barred'
    WHEN step.decider_id IS NOT NULL AND NEW.seat_id <> step.decider_id
         AND NEW.seat_id IS DISTINCT FROM step.escalated_to_id
      THEN 'approvals_vote_by_the_named'
    WHEN step.forum_id IS NOT NULL AND NEW.seat_id IS DISTINCT FROM step.escalated_to_id
         AND NOT EXISTS (SELECT FROM governance_forummember f
                         WHERE f.tenant_id = NEW.tenant_id AND f.forum_id = step.forum_id
                           AND f.membership_id = NEW.seat_id AND NOT f.is_pending)
      THEN 'approvals_vote_by_a_member'
    WHEN step.role <> '' AND NEW.seat_id IS DISTINCT FROM step.escalated_to_id
         AND NOT EXISTS (SELECT FROM governance_nodegrant g
                         JOIN auth_permission p ON p.id = g.permission_id
                         JOIN governance_node n
                           ON n.tenant_id = g.tenant_id AND n.id = g.content_object_id
                         WHERE g.tenant_id = NEW.tenant_id AND g.membership_id = NEW.seat_id
                           AND NOT g.is_pending AND starts_with(place, n.path)
                           AND coalesce(g.valid_until, current_date) >= current_date - 1
                           AND (p.codename = step.role OR step.role = 'second_finance'
                                AND p.codename = 'head_of_controlling'))
      THEN 'approvals_vote_by_the_role'
    WHEN NEW.voter_id <> NEW.seat_id
         AND NOT EXISTS (SELECT FROM approvals_delegation d
                         JOIN governance_node n ON n.tenant_id = d.tenant_id AND n.id = d.place_id
                         WHERE d.tenant_id = NEW.tenant_id AND d.delegator_id = NEW.seat_id
                           AND d.delegate_id = NEW.voter_id AND d.revoked_at IS NULL
                           AND starts_with(place, n.path)
                           AND d.starts_on <= current_date + 1 AND d.ends_on >= current_date - 1)
      THEN 'approvals_vote_delegated'
    -- S7: only where a forum gave them a seat of their own.
    WHEN (step.forum_id IS NULL OR NEW.voter_id <> NEW.seat_id)
         AND EXISTS (SELECT FROM governance_membership m
                     WHERE m.tenant_id = NEW.tenant_id AND m.id IN (NEW.voter_id, NEW.seat_id)
                       AND m.kind = 'consultant')
      THEN 'approvals_vote_not_by_consultant'
  END;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'this vote may not be cast (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER vote_is_entitled BEFORE INSERT ON approvals_approvalvote
  FOR EACH ROW EXECUTE FUNCTION approval_vote_is_entitled();
"""

DECISION_GUARD = """
CREATE FUNCTION approval_decision_is_backed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asked approvals_approvalrequest%ROWTYPE;
  is_go boolean := NEW.outcome IN ('go', 'conditional_go');
  broken text;
BEGIN
  SELECT * INTO asked FROM approvals_approvalrequest r
    WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.request_id;
  broken := CASE
    WHEN asked.state <> 'open' THEN 'approvals_decision_while_open'
    WHEN asked.snapshot_hash <> NEW.snapshot_hash THEN 'approvals_decision_on_the_snapshot'
    -- Subjects move beside a decision of their own transaction; nobody writes one in advance.
    WHEN NEW.txid <> pg_current_xact_id()::text::bigint
      THEN 'approvals_decision_in_its_transaction'
    WHEN NEW.to_state <> CASE WHEN is_go THEN asked.to_state ELSE asked.from_state END
         OR NEW.to_overlay <> CASE WHEN is_go THEN asked.to_overlay
                                   WHEN NEW.outcome = 'hold' THEN 'on_hold'
                                   WHEN NEW.outcome = 'cancel' THEN 'cancelled'
                                   ELSE asked.from_overlay END
      THEN 'approvals_decision_leads_where_asked'
    -- T6: a condition that was not met in time puts the subject on hold without a person.
    WHEN NEW.decided_by_id IS NULL AND NOT (asked.transition = 'T6' AND NEW.outcome = 'hold')
      THEN 'approvals_decision_by_somebody'
    WHEN NEW.decided_by_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM approvals_approvalvote v
           WHERE v.tenant_id = NEW.tenant_id AND v.request_id = NEW.request_id
             AND v.voter_id = NEW.decided_by_id)
      THEN 'approvals_decision_by_a_vote'
    WHEN is_go AND NOT (
           EXISTS (SELECT FROM approvals_approvalstep s
                   WHERE s.tenant_id = NEW.tenant_id AND s.request_id = NEW.request_id)
           AND NOT EXISTS (SELECT FROM approvals_approvalstep s
                   WHERE s.tenant_id = NEW.tenant_id AND s.request_id = NEW.request_id
                     AND s.state <> 'met'))
      THEN 'approvals_decision_after_all_steps'
    -- Conditions are asked for by a vote, and none is passed over; so are hold and cancel.
    WHEN is_go AND (NEW.outcome = 'conditional_go') <> EXISTS (
           SELECT FROM approvals_approvalvote v
           WHERE v.tenant_id = NEW.tenant_id AND v.request_id = NEW.request_id
             AND v.outcome = 'conditional_go')
      THEN 'approvals_decision_as_voted'
    WHEN NOT is_go AND NEW.decided_by_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM approvals_approvalvote v
           WHERE v.tenant_id = NEW.tenant_id AND v.request_id = NEW.request_id
             AND v.outcome NOT IN ('go', 'conditional_go')
             AND (NEW.outcome NOT IN ('hold', 'cancel') OR v.outcome = NEW.outcome))
      THEN 'approvals_decision_as_voted'
  END;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'this decision is not backed by its votes (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_is_backed BEFORE INSERT ON approvals_approvaldecision
  FOR EACH ROW EXECUTE FUNCTION approval_decision_is_backed();
"""

STEP_GUARD = """
CREATE FUNCTION approval_step_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  goes integer := 0;
  against integer := 0;
  broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'waiting' THEN broken := 'approvals_step_starts_waiting'; END IF;
  ELSE
    IF TG_OP = 'UPDATE' AND NEW.state = 'met' THEN
      SELECT count(*) FILTER (WHERE v.outcome IN ('go', 'conditional_go')),
             count(*) FILTER (WHERE v.outcome NOT IN ('go', 'conditional_go'))
        INTO goes, against FROM approvals_approvalvote v
        WHERE v.tenant_id = NEW.tenant_id AND v.step_id = NEW.id;
    END IF;
    broken := CASE
      WHEN TG_OP = 'DELETE' THEN 'approvals_step_stays'
      WHEN (NEW.public_id, NEW.request_id, NEW.position, NEW.part, NEW.decider_id, NEW.forum_id,
            NEW.role, NEW.mode, NEW.needed, NEW.clock_days)
           IS DISTINCT FROM
           (OLD.public_id, OLD.request_id, OLD.position, OLD.part, OLD.decider_id, OLD.forum_id,
            OLD.role, OLD.mode, OLD.needed, OLD.clock_days) THEN 'approvals_step_is_fixed'
      WHEN OLD.state IN ('met', 'ended') AND NEW.state <> OLD.state
        THEN 'approvals_step_is_final'
      -- G6, as far as votes alone tell; who is left on the bench is the service's to count.
      WHEN NEW.state = 'met' AND OLD.state <> 'met' AND NOT CASE NEW.mode
             WHEN 'any' THEN goes > against
             WHEN 'all' THEN goes > 0 AND against = 0
             ELSE goes >= NEW.needed END
        THEN 'approvals_step_met_by_votes'
    END;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a step of a route is fixed and met by votes alone (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER step_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON approvals_approvalstep
  FOR EACH ROW EXECUTE FUNCTION approval_step_is_fixed();
"""

CONDITION_GUARD = """
CREATE FUNCTION approval_condition_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    broken := CASE
      WHEN NOT EXISTS (SELECT FROM approvals_approvalrequest r
                       WHERE r.tenant_id = NEW.tenant_id AND r.id = NEW.request_id
                         AND r.subject_type = NEW.subject_type AND r.subject_id = NEW.subject_id)
        THEN 'approvals_condition_of_its_request'
      WHEN NOT EXISTS (SELECT FROM approvals_approvalvote v
                       WHERE v.tenant_id = NEW.tenant_id AND v.request_id = NEW.request_id
                         AND v.voter_id = NEW.set_by_id AND v.outcome = 'conditional_go')
        THEN 'approvals_condition_by_a_vote'
      WHEN NEW.state = 'met' OR NEW.state = 'lapsed' THEN 'approvals_condition_starts_open'
    END;
  ELSE
    broken := CASE
      WHEN TG_OP = 'DELETE' THEN 'approvals_condition_stays'
      WHEN (NEW.public_id, NEW.request_id, NEW.subject_type, NEW.subject_id, NEW.text,
            NEW.owner_id, NEW.due_on, NEW.set_by_id)
           IS DISTINCT FROM
           (OLD.public_id, OLD.request_id, OLD.subject_type, OLD.subject_id, OLD.text,
            OLD.owner_id, OLD.due_on, OLD.set_by_id) THEN 'approvals_condition_is_fixed'
      WHEN OLD.state <> 'open'
           AND (NEW.state, NEW.settled_by_id, NEW.settled_at, NEW.note)
               IS DISTINCT FROM (OLD.state, OLD.settled_by_id, OLD.settled_at, OLD.note)
        THEN 'approvals_condition_is_final'
      WHEN NEW.settled_by_id NOT IN (NEW.owner_id, NEW.set_by_id) AND NOT EXISTS (
             SELECT FROM approvals_approvalvote v
             WHERE v.tenant_id = NEW.tenant_id AND v.request_id = NEW.request_id
               AND v.voter_id = NEW.set_by_id AND v.seat_id = NEW.settled_by_id)
        THEN 'approvals_condition_accepted_by_decider'
    END;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a condition is set by a vote and accepted by its decider (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER condition_is_fixed BEFORE INSERT OR UPDATE OR DELETE ON approvals_approvalcondition
  FOR EACH ROW EXECUTE FUNCTION approval_condition_is_fixed();
"""

DELEGATION_GUARD = """
CREATE FUNCTION delegation_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken text;
BEGIN
  broken := CASE
    WHEN TG_OP = 'DELETE' THEN 'approvals_delegation_stays'
    WHEN (NEW.public_id, NEW.delegator_id, NEW.delegate_id, NEW.place_id, NEW.starts_on,
          NEW.ends_on, NEW.note)
         IS DISTINCT FROM
         (OLD.public_id, OLD.delegator_id, OLD.delegate_id, OLD.place_id, OLD.starts_on,
          OLD.ends_on, OLD.note) THEN 'approvals_delegation_is_fixed'
    WHEN OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
      THEN 'approvals_delegation_is_final'
  END;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'a delegation is fixed, and revoked for good (%)', broken
      USING ERRCODE = 'check_violation', CONSTRAINT = broken;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER delegation_is_fixed BEFORE UPDATE OR DELETE ON approvals_delegation
  FOR EACH ROW EXECUTE FUNCTION delegation_is_fixed();
"""


def _guard(sql: str, table: str, trigger: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql, f"DROP TRIGGER {trigger} ON approvals_{table}; DROP FUNCTION {function}();"
    )


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_requests"), ("governance", "0007_second_granter")]

    operations = [
        TenantTable("ApprovalRequest", audited=True),
        TenantTable("ApprovalStep"),
        TenantTable("ApprovalBar", append_only=True),
        TenantTable("ApprovalVote", append_only=True, audited=True),
        TenantTable("ApprovalDecision", append_only=True, audited=True),
        TenantTable("ApprovalCondition", audited=True),
        TenantTable("Delegation", audited=True),
        _guard(REQUEST_GUARD, "approvalrequest", "request_is_final", "approval_request_is_final"),
        _guard(VOTE_GUARD, "approvalvote", "vote_is_entitled", "approval_vote_is_entitled"),
        _guard(
            DECISION_GUARD,
            "approvaldecision",
            "decision_is_backed",
            "approval_decision_is_backed",
        ),
        _guard(STEP_GUARD, "approvalstep", "step_is_fixed", "approval_step_is_fixed"),
        _guard(
            CONDITION_GUARD,
            "approvalcondition",
            "condition_is_fixed",
            "approval_condition_is_fixed",
        ),
        _guard(DELEGATION_GUARD, "delegation", "delegation_is_fixed", "delegation_is_fixed"),
    ]

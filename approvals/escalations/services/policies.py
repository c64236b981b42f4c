"""Writing escalation policies: one person proposes a version, another publishes it (S5)."""

from collections.abc import Mapping
from typing import Any, Final

from approvals.escalations.models import EscalationPolicy
from approvals.escalations.registry import sources
from approvals.escalations.rules import Days, policy_faults
from approvals.escalations.selectors import policies_in
from governance.audit.choices import AuditAction
from governance.people.actor import Actor
from governance.versions.services import (
    SettingKind,
    version_propose,
    version_publish,
)


def policy_propose(*, said: Mapping[str, Days], by: Actor) -> EscalationPolicy:
    """Put the next version forward; raises as `version_propose` does.

    A source that is not named keeps what it ships with.
    """
    faults = policy_faults(said, {source.code: source.is_finance for source in sources()})
    kept = {
        source: {str(tier): days for tier, days in chain.items()} for source, chain in said.items()
    }
    return version_propose(kind=POLICIES, said={"said": kept}, faults=faults, by=by)


def policy_publish(*, number: int, seen_version: int, by: Actor) -> EscalationPolicy:
    """Bring a proposal into force for what falls due from now on; raises as `version_publish`."""
    return version_publish(kind=POLICIES, number=number, seen_version=seen_version, by=by)


def _changes(before: EscalationPolicy | None, after: EscalationPolicy) -> dict[str, Any]:
    """The chains that differ from those in force, by source."""
    old, new = policies_in(before), policies_in(after)
    return {
        source: [_words(old.get(source, {})), _words(chain)]
        for source, chain in new.items()
        if _words(old.get(source, {})) != _words(chain)
    }


def _words(days: Days) -> list[str]:
    ranked = sorted(days.items(), key=lambda pair: pair[1])
    return [f"{after}: {tier}" for tier, after in ranked]


POLICIES: Final = SettingKind(
    EscalationPolicy,
    noun="escalation_policy",
    proposed=AuditAction.ESCALATION_POLICY_PROPOSED,
    published=AuditAction.ESCALATION_POLICY_PUBLISHED,
    withdrawn=AuditAction.ESCALATION_POLICY_WITHDRAWN,
    changes=_changes,
)

"""Drafts of stage models that wait for a second person (S5)."""

from typing import Final

from governance.audit.labels import SUBJECTS
from governance.notifications.proposals import Proposal, ProposalKind
from governance.people.choices import Permission
from governance.permissions.selectors import members_who_may
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.models import StageModelVersion

TOPICS: Final = ("stage_model.proposed", "stage_model.published", "stage_model.discarded")


def stage_model_waiting(policy: str) -> Proposal | None:
    """A draft by its code and number; none once it was published or thrown away."""
    code, _space, number = policy.rpartition(" ")
    rows = StageModelVersion.objects.filter(state=ModelState.DRAFT)
    row = rows.filter(code=code, number=int(number)).select_related("proposed_by__user").first()
    if row is None:
        return None
    deciders = members_who_may(Permission.GOVERNANCE_MANAGE)
    what, path = f"{row.name} {row.number}", f"stage-models/{row.code}/{row.number}/"
    return Proposal(what, path, deciders, row.proposed_by)


STAGE_MODELS: Final = ProposalKind("stage_model", SUBJECTS["stage_model"], stage_model_waiting)

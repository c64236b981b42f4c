"""The words of decisions in histories, once all apps are loaded."""

from approvals.choices import ConditionState, Outcome, ReasonCode, RequestState
from governance.audit.labels import name_values

name_values("outcome", Outcome)
name_values("reason_code", ReasonCode)
name_values("state", RequestState)
name_values("state", ConditionState)

"""How to break each constraint of stored roll-ups."""

from reporting.models import RollUpNode, RollUpState
from tests.architecture.violations.breaking import Breaker, copies
from tests.houses import House


def node(house: House) -> RollUpNode:
    return RollUpNode.objects.create(node_id=house.program.pk)


def state(_house: House) -> RollUpState:
    return RollUpState.objects.create()


VIOLATIONS: dict[str, Breaker] = {
    "reporting_roll_up_node_once": copies(node),
    "reporting_roll_up_state_once": copies(state),
}

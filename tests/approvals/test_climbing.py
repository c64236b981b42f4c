"""A measure climbs the short model by recorded decisions."""

from initiatives.choices import Stage
from tests.approvals.climbing import climbed, climber, fresh, publish_short_model
from tests.houses import House


def test_a_measure_climbs_to_implemented_when_everybody_says_go(alpha: House) -> None:
    publish_short_model(alpha)
    measure = climbed(alpha, climber(alpha), Stage.IMPLEMENTED)
    assert fresh(alpha, measure).stage == Stage.IMPLEMENTED

"""Where a measure stands, with whether a request is open on it."""

from approvals.selectors import open_request
from initiatives.choices import Overlay, Stage
from initiatives.gates.transitions import Position
from initiatives.models import Measure
from initiatives.stage_models.choices import Track

SUBJECT = "measure"


def position_of(measure: Measure) -> Position:
    """Where a measure stands; one query."""
    ladder = measure.stage_model.read.ladder(Track(measure.track))
    is_open = open_request(SUBJECT, measure.pk) is not None
    return Position(Stage(measure.stage), Overlay(measure.overlay), ladder, is_open)

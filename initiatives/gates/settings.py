"""Settings of gates that a stage model carries; the shipped values until one says otherwise."""

from initiatives.models import Measure

DEFAULT_CLOSURE_MONTHS = 3


def closure_months(_measure: Measure) -> int:
    """T5: how many latest closed months finance must have accepted before a measure closes (N)."""
    return DEFAULT_CLOSURE_MONTHS

"""All models of this app, gathered for Django."""

from reporting.period_reports.models import PeriodReport
from reporting.rollups.models import (
    RollUpCount,
    RollUpLamp,
    RollUpLight,
    RollUpLine,
    RollUpMarker,
    RollUpNode,
    RollUpSize,
    RollUpState,
    RollUpYear,
)

__all__ = [
    "PeriodReport",
    "RollUpCount",
    "RollUpLamp",
    "RollUpLight",
    "RollUpLine",
    "RollUpMarker",
    "RollUpNode",
    "RollUpSize",
    "RollUpState",
    "RollUpYear",
]

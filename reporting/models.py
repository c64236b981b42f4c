"""All models of this app, gathered for Django."""

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

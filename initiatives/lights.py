"""Lights in the head of a measure's pages: the app that derives them registers how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from governance.tenancy.models import Tenant
from initiatives.models import Measure


@dataclass(frozen=True, slots=True)
class HeadLight:
    """One light: its name, the lamp that counts with its word, and how it comes about."""

    name: str
    lamp: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class HeadLights:
    """The lights of one measure, and the page that tells how they come about."""

    lights: Sequence[HeadLight] = field(default_factory=tuple)
    url: str = ""
    is_watermelon: bool = False


LightsSource = Callable[[Measure, Tenant], HeadLights]

_sources: list[LightsSource] = []


def register_lights(source: LightsSource) -> None:
    """Take the lights of a measure from `source(measure, tenant)`; the last one counts."""
    _sources[:] = [source]


def head_lights(measure: Measure, tenant: Tenant) -> HeadLights:
    """The lights of a measure with its `stage_model`, in a fixed number of queries."""
    return _sources[0](measure, tenant) if _sources else HeadLights()

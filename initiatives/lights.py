"""Lights of measures, in the head of their pages and in lists: the apps above register how."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django_stubs_ext import StrOrPromise

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


# Measures to the lamps that count, by the name of the light.
Lamps = Mapping[str, str]
LampsSource = Callable[[Sequence[Measure]], Mapping[int, Lamps]]
_lamps: list[LampsSource] = []


def register_lamps(source: LampsSource) -> None:
    """Take the lamps of many measures from `source(measures)`; the last one counts."""
    _lamps[:] = [source]


def lamps_of(measures: Sequence[Measure]) -> Mapping[int, Lamps]:
    """The lamps of each measure by its id, in a fixed number of queries; absent: not derived."""
    return _lamps[0](measures) if _lamps and measures else {}


# What each light and each lamp is called, by their words in data.
_names: dict[str, StrOrPromise] = {}


def name_lights(names: Mapping[str, StrOrPromise]) -> None:
    """Say how lights and lamps are called; the app that derives them knows."""
    _names.update(names)


def named(lamps: Lamps) -> list[HeadLight]:
    """The lamps of one measure with their names, for people."""
    return [
        HeadLight(str(_names.get(name, name)), lamp, str(_names.get(lamp, lamp)), "")
        for name, lamp in lamps.items()
    ]

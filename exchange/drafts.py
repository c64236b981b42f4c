"""What one row of a file asks for, in plain values that can be kept as JSON; pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

KEY_SEPARATOR = "\t"
# Between metric, kind and name of an effect, where changes are told by effect.
EFFECT_SEPARATOR = "\t"


@dataclass(slots=True)
class PlaceDraft:
    """Where a measure belongs: below a place that stands, through steps named in the file.

    A step is [level word, name or code, source key]; a missing node is made on the way.
    """

    under: str = ""
    steps: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class EffectDraftData:
    """An effect with months: `2026-01` to the amount as text; None empties the month."""

    metric: str
    kind: str = "recurring"
    effect_class: str = "hard"
    currency: str = ""
    name: str = ""
    cells: dict[str, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class ReportDraft:
    """A status entry: day as ISO text, one of the lights, the source's own words."""

    on: str
    light: str
    rater: str = ""
    stated: str = ""
    text: str = ""


@dataclass(slots=True)
class MeasureRow:
    """A measure, new or known by code or source key, with effects and reports."""

    key: str
    code: str = ""
    source_key: str = ""
    may_create: bool = True
    place: PlaceDraft = field(default_factory=PlaceDraft)
    fields: dict[str, str] = field(default_factory=dict)
    effects: list[EffectDraftData] = field(default_factory=list)
    reports: list[ReportDraft] = field(default_factory=list)

    @property
    def group(self) -> str:
        """What the rows of one measure have in common."""
        return self.key.split(KEY_SEPARATOR, 1)[0]


@dataclass(slots=True)
class KpiRow:
    """A KPI with periods: first day of the period to target, actual, band_low, band_high, note."""

    key: str
    source_key: str
    code: str = ""
    goal: str = ""
    objective: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    periods: dict[str, dict[str, str | None]] = field(default_factory=dict)

    @property
    def group(self) -> str:
        return self.key.split(KEY_SEPARATOR, 1)[0]


@dataclass(slots=True)
class MasterRow:
    """An entry of a master-data list; `kind` is the word of its address."""

    key: str
    kind: str
    code: str
    name: str
    is_active: bool = True


Draft = MeasureRow | KpiRow | MasterRow


def to_data(draft: Draft) -> dict[str, Any]:
    return asdict(draft)


def measure_row(data: Mapping[str, Any]) -> MeasureRow:
    """The draft that `to_data` made this of."""
    return MeasureRow(
        key=data["key"],
        code=data["code"],
        source_key=data["source_key"],
        may_create=data["may_create"],
        place=PlaceDraft(**data["place"]),
        fields=dict(data["fields"]),
        effects=[EffectDraftData(**effect) for effect in data["effects"]],
        reports=[ReportDraft(**report) for report in data["reports"]],
    )


def kpi_row(data: Mapping[str, Any]) -> KpiRow:
    return KpiRow(**data)


def master_row(data: Mapping[str, Any]) -> MasterRow:
    return MasterRow(**data)

"""What one row of a file asks for, in plain values that can be kept as JSON; pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

KEY_SEPARATOR = "\t"
# Between metric, kind and name of an effect, where changes are told by effect.
EFFECT_SEPARATOR = "\t"
KEY_LENGTH, GROUP_LENGTH = 300, 220
DIGEST_LENGTH = 32


def fitting(text: str, limit: int) -> str:
    """A key no longer than its limit; the end of a longer one becomes a digest of all of it."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
    return f"{text[: limit - DIGEST_LENGTH - 1]}#{digest}"


def row_key(group: str, *line: str) -> str:
    """What tells a row from all others: the thing it is about, and which line of that it says."""
    group = fitting(group, GROUP_LENGTH)
    if not line:
        return group
    own = fitting(KEY_SEPARATOR.join(line), KEY_LENGTH - len(group) - 1)
    return f"{group}{KEY_SEPARATOR}{own}"


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

    @property
    def facts(self) -> tuple[str, ...]:
        """What tells effects of one measure apart."""
        return (self.metric, self.kind, self.name, self.effect_class, self.currency)


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
    """A measure, new or known by code or source key, with effects and reports.

    `line` is what tells rows of one measure apart that plan months: a month where a row says one,
    nothing where its columns do; None for rows that are not told apart by their effect.
    """

    key: str
    code: str = ""
    source_key: str = ""
    may_create: bool = True
    place: PlaceDraft = field(default_factory=PlaceDraft)
    fields: dict[str, str] = field(default_factory=dict)
    effects: list[EffectDraftData] = field(default_factory=list)
    reports: list[ReportDraft] = field(default_factory=list)
    line: str | None = None

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

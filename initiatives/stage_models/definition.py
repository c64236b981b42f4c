"""A stage model as data: read from plain JSON, checked, and written back; pure.

{"stages": [{"code", "label": {"en", "de"}, "weight"}…],
 "settings": {"materiality", "closure_months", "closure_floor", "light_limit", …},
 "gates": [{"transition", "from", "to", "criteria": […], "route": […]}…],
 "light": {"gates": […]}}
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from approvals.choices import StepMode
from governance.people.choices import Role
from initiatives.choices import Stage
from initiatives.documents.choices import DocumentKind
from initiatives.stage_models.choices import CriterionKind, Part, Track

TRANSITIONS = ("T2", "T3", "T4", "T5")
TRANSITION_INTO = {
    Stage.DETAILED: "T2",
    Stage.DECIDED: "T3",
    Stage.IMPLEMENTED: "T4",
    Stage.CLOSED: "T5",
}
MOST_DAYS = 260
NAME_LENGTH = 60


class BadDefinition(ValueError):
    """What a definition cannot say; `errors` maps a path such as `gates.0.route.1` to texts."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        super().__init__("; ".join(f"{path}: {texts[0]}" for path, texts in self.errors.items()))


@dataclass(frozen=True, slots=True)
class StageLine:
    """One rung: its anchor, its label by language (empty: the shipped one), its weight 0 to 1."""

    stage: Stage
    weight: Decimal
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, language: str) -> str:
        return self.labels.get(language) or self.labels.get("en") or str(self.stage.label)


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """One criterion of a gate: automatic by name, attested by a role, or shown by a document."""

    kind: CriterionKind
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    document_kind: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One step of a route: whom it asks, how many, from which amount, how long (G6)."""

    part: Part
    position: int
    clock_days: int
    mode: StepMode = StepMode.ANY
    needed: int = 1
    at_least: Decimal | None = None
    below: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate: from where to where, what it demands, who decides."""

    transition: str
    origin: Stage
    target: Stage
    criteria: tuple[CriterionLine, ...]
    route: tuple[RouteLine, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """The model's settings: amounts in the tenant's currency, days of the calendar."""

    materiality: Decimal = Decimal(1_000_000)
    closure_months: int = 3
    closure_floor: Decimal = Decimal("0.95")
    light_limit: Decimal = Decimal(100_000)
    # T15: from this size on a forum decides a change of the plan, below it the sponsor.
    change_limit: Decimal = Decimal(100_000)
    hold_days: int = 90
    reinstate_days: int = 90
    publisher_pause_days: int = 30
    clock_days: int = 5


@dataclass(frozen=True, slots=True)
class Definition:
    """A whole stage model."""

    stages: tuple[StageLine, ...]
    limits: Limits
    gates: tuple[GateLine, ...]
    light_gates: tuple[GateLine, ...] = ()

    def gates_of(self, track: Track) -> tuple[GateLine, ...]:
        return self.light_gates if track is Track.LIGHT else self.gates

    def next_gate(self, stage: Stage, track: Track) -> GateLine | None:
        """The gate that leads up from a stage; None from the top."""
        return next((gate for gate in self.gates_of(track) if gate.origin is stage), None)

    def gate_into(self, stage: Stage, track: Track) -> GateLine | None:
        """The gate that led to a stage; None for the first rung."""
        return next((gate for gate in self.gates_of(track) if gate.target is stage), None)

    def ladder(self, track: Track) -> tuple[Stage, ...]:
        return (Stage.IDENTIFIED, *(gate.target for gate in self.gates_of(track)))

    def weight(self, stage: Stage) -> Decimal:
        return next(line.weight for line in self.stages if line.stage is stage)

    def label(self, stage: Stage, language: str) -> str:
        return next(line.label(language) for line in self.stages if line.stage is stage)


class _Reader:
    """Reads plain JSON into the dataclasses and gathers what is wrong, by path."""

    def __init__(self, known: frozenset[str] | None) -> None:
        self.errors: dict[str, list[str]] = {}
        self.known = known

    def wrong(self, path: str, text: str) -> None:
        self.errors.setdefault(path, []).append(text)

    def number(self, path: str, value: object, default: Decimal | None) -> Decimal | None:
        if value is None:
            return default
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0:
            self.wrong(path, "a number from 0 up")
            return default
        return number

    def days(self, path: str, value: object, default: int) -> int:
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_DAYS:
            self.wrong(path, f"a whole number from 1 to {MOST_DAYS}")
            return default
        return value

    def word(self, path: str, value: object, words: Any, default: Any) -> Any:
        try:
            return words(value)
        except ValueError:
            self.wrong(path, "one of " + ", ".join(words.values))
            return default

    def items(self, path: str, value: object) -> list[Mapping[str, Any]]:
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            self.wrong(path, "a list of objects")
            return []
        return value

    def labels(self, path: str, value: object) -> dict[str, str]:
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(t, str) for t in value.values()):
            self.wrong(path, "texts by language")
            return {}
        return {str(language): text for language, text in value.items()}

    def stage(self, path: str, item: Mapping[str, Any]) -> StageLine:
        weight = self.number(f"{path}.weight", item.get("weight"), Decimal(0)) or Decimal(0)
        if weight > 1:
            self.wrong(f"{path}.weight", "a number from 0 to 1")
        stage = self.word(f"{path}.code", item.get("code"), Stage, Stage.IDENTIFIED)
        return StageLine(stage, weight, self.labels(f"{path}.label", item.get("label")))

    def criterion(self, path: str, item: Mapping[str, Any]) -> CriterionLine:
        kind = self.word(f"{path}.kind", item.get("kind"), CriterionKind, CriterionKind.AUTOMATIC)
        line = CriterionLine(
            kind,
            str(item.get("name") or ""),
            self.labels(f"{path}.label", item.get("label")),
            str(item.get("role") or ""),
            str(item.get("document_kind") or ""),
            item.get("active", True) is True,
        )
        if not line.name:
            self.wrong(f"{path}.name", "required")
        unknown = self.known is not None and line.name not in self.known
        if kind is CriterionKind.AUTOMATIC and line.is_active and unknown:
            self.wrong(f"{path}.name", "an automatic criterion the product knows")
        if kind is CriterionKind.ATTESTED and line.role not in Role.values:
            self.wrong(f"{path}.role", "the role that attests: one of " + ", ".join(Role.values))
        if kind is CriterionKind.EVIDENCE and line.document_kind not in DocumentKind.values:
            kinds = ", ".join(DocumentKind.values)
            self.wrong(f"{path}.document_kind", "the kind of document: one of " + kinds)
        if len(line.name) > NAME_LENGTH:
            self.wrong(f"{path}.name", f"at most {NAME_LENGTH} characters")
        is_named = self.known is None or line.name in self.known or any(line.labels.values())
        if not is_named:
            self.wrong(f"{path}.label", 'a text for people, such as {"en": …}')
        return line

    def route(self, path: str, item: Mapping[str, Any]) -> RouteLine:
        return RouteLine(
            self.word(f"{path}.part", item.get("part"), Part, Part.SPONSOR),
            self.days(f"{path}.position", item.get("position"), 1),
            self.days(f"{path}.clock_days", item.get("clock_days"), 5),
            self.word(f"{path}.mode", item.get("mode", "any"), StepMode, StepMode.ANY),
            self.days(f"{path}.needed", item.get("needed"), 1),
            self.number(f"{path}.at_least", item.get("at_least"), None),
            self.number(f"{path}.below", item.get("below"), None),
        )

    def gate(self, path: str, item: Mapping[str, Any]) -> GateLine:
        transition = item.get("transition")
        if transition not in TRANSITIONS:
            self.wrong(f"{path}.transition", "one of " + ", ".join(TRANSITIONS))
        criteria = self.items(f"{path}.criteria", item.get("criteria", []))
        route = self.items(f"{path}.route", item.get("route"))
        if not route:
            self.wrong(f"{path}.route", "at least one step: a gate is decided by somebody")
        gate = GateLine(
            str(transition),
            self.word(f"{path}.from", item.get("from"), Stage, Stage.IDENTIFIED),
            self.word(f"{path}.to", item.get("to"), Stage, Stage.DETAILED),
            tuple(self.criterion(f"{path}.criteria.{i}", one) for i, one in enumerate(criteria)),
            tuple(self.route(f"{path}.route.{i}", one) for i, one in enumerate(route)),
        )
        self.sound(path, gate)
        return gate

    def sound(self, path: str, gate: GateLine) -> None:
        """What a gate must not say as a whole: another's transition, a name or a step twice."""
        wanted = TRANSITION_INTO.get(gate.target)
        if gate.transition != wanted:
            self.wrong(f"{path}.transition", f"the transition into {gate.target} is {wanted}")
        names = [line.name for line in gate.criteria]
        if len(names) != len(set(names)):
            self.wrong(f"{path}.criteria", "each name once")
        steps = [(line.position, line.part) for line in gate.route]
        if len(steps) != len(set(steps)):
            self.wrong(f"{path}.route", "each part once in a position")
        if gate.target is Stage.CLOSED and gate.route:
            first = gate.route[0]
            if first.at_least is not None or first.below is not None:
                text = "the named controller closes whatever the amount (S3)"
                self.wrong(f"{path}.route.0", text)

    def gates(self, path: str, value: object, ladder: tuple[Stage, ...]) -> tuple[GateLine, ...]:
        items = self.items(path, value)
        gates = tuple(self.gate(f"{path}.{i}", item) for i, item in enumerate(items))
        steps = [(gate.origin, gate.target) for gate in gates]
        if steps != list(pairwise(ladder)):
            self.wrong(path, "one gate between each stage and the next: " + " → ".join(ladder))
        closing = [
            line.part for gate in gates if gate.target is Stage.CLOSED for line in gate.route
        ]
        if closing and closing[0] is not Part.CLOSING_CONTROLLER:
            self.wrong(path, "closure is decided by the controller named on the measure first (S3)")
        return gates

    def limits(self, value: object) -> Limits:
        given = value if isinstance(value, Mapping) else {}
        found: dict[str, Any] = {}
        for name in Limits.__dataclass_fields__:
            default, path = getattr(Limits(), name), f"settings.{name}"
            read: Any = self.days if isinstance(default, int) else self.number
            found[name] = read(path, given.get(name), default)
        for name in set(given) - set(found):
            self.wrong(f"settings.{name}", "not a setting of a stage model")
        return Limits(**found)


FULL = tuple(Stage)
LIGHT = tuple(stage for stage in Stage if stage is not Stage.DETAILED)


def read_definition(raw: Mapping[str, Any], *, known: Iterable[str] | None = None) -> Definition:
    """Plain JSON as a definition; `known` are the automatic criteria there are.

    Raises `BadDefinition` with everything that is wrong, by path.
    """
    reader = _Reader(None if known is None else frozenset(known))
    stages = tuple(
        reader.stage(f"stages.{i}", item)
        for i, item in enumerate(reader.items("stages", raw.get("stages")))
    )
    if tuple(line.stage for line in stages) != FULL:
        reader.wrong("stages", "the five stages in their order: " + ", ".join(FULL))
    weights = [line.weight for line in stages]
    if weights != sorted(weights):
        reader.wrong("stages", "weights that never fall on the way up")
    gates = reader.gates("gates", raw.get("gates"), FULL)
    light = raw.get("light")
    light_gates: tuple[GateLine, ...] = ()
    if light is not None:
        inner = light.get("gates") if isinstance(light, Mapping) else None
        light_gates = reader.gates("light.gates", inner, LIGHT)
    limits = reader.limits(raw.get("settings"))
    if reader.errors:
        raise BadDefinition(reader.errors)
    return Definition(stages, limits, gates, light_gates)

"""The measure list: a row a measure, with its place, people, dates and, if wanted, its months."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.drafts import EffectDraftData, MeasureRow, PlaceDraft, row_key
from exchange.profiles.base import HEADLINE, Field, Option, Profile, Settings
from exchange.profiles.source import SourceRow
from governance.tree.choices import Level
from initiatives.rules import EDITABLE_FIELDS
from kpis.choices import EffectClass, EffectKind
from kpis.phasing import spread
from kpis.rules import Month

PLACE_FIELDS = (
    Field("portfolio", _("Portfolio"), aliases=("portfolio_code", "portfolio name")),
    Field("program", _("Program"), aliases=("programme", "programm", "program_code", "workstream")),
    Field("project", _("Project"), aliases=("projekt", "project_code", "initiative")),
    Field(
        "measure_package",
        _("Measure package"),
        _("Without one, the measure goes into its project's own package."),
        aliases=("package", "paket", "maßnahmenpaket", "measure_package_code"),
    ),
)
LEVELS = (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE)
PEOPLE_HELP = _("The e-mail address of a member, or a name that only one member has.")
MASTER_HELP = _("The code or the name of an entry of the master data.")

MEASURE_FIELDS = (
    Field(
        "code",
        _("Code"),
        _("Only to change measures that are here; leave it empty for new ones."),
        aliases=("measure code", "kennung", "m-nr"),
        example="M-000123",
    ),
    Field(
        "external_id",
        _("External id"),
        _("The id in your own system: with it the next import finds the same measure again."),
        aliases=("id", "external id", "nr", "no", "number", "nummer", "key", "source_key"),
        example="A-17",
    ),
    Field(
        "name",
        _("Name"),
        aliases=("title", "measure", "maßnahme", "massnahme", "bezeichnung", "titel", "titel kurz"),
        is_required=True,
        example="Bundle castings of both plants",
    ),
    Field("description", _("Description"), aliases=("beschreibung", "details", "comment", "text")),
)
JUDGED_FIELDS = (
    Field("owner", _("Owner"), PEOPLE_HELP, aliases=("measure owner", "verantwortlich", "eigner")),
    Field("sponsor", _("Sponsor"), PEOPLE_HELP),
    Field(
        "controller",
        _("Controller"),
        _("Set by finance alone (S11)."),
        aliases=("controlling", "finance"),
    ),
    Field(
        "business_unit", _("Business unit"), MASTER_HELP, aliases=("bu", "bereich", "geschäftsfeld")
    ),
    Field("function", _("Function"), MASTER_HELP, aliases=("funktion", "department", "abteilung")),
    Field("legal_entity", _("Legal entity"), MASTER_HELP, aliases=("gesellschaft", "entity")),
    Field("forum", _("Steering committee"), MASTER_HELP, aliases=("steerco", "lenkungsausschuss")),
    Field(
        "planned_start",
        _("Planned start"),
        aliases=("start", "start date", "beginn"),
        example="2026-01-01",
    ),
    Field("planned_end", _("Planned end"), aliases=("end", "end date", "ende", "due", "finish")),
)
EFFECT_FIELDS = (
    Field("metric", _("Metric"), _("A metric's code or name."), aliases=("kpi", "kennzahl")),
    Field(
        "kind",
        _("Kind of effect"),
        _("Recurring, one-off, one-time cost or running cost."),
        aliases=("effect kind", "art"),
        example="recurring",
    ),
    Field(
        "effect_class",
        _("Class"),
        _("Hard, avoidance or unsplit."),
        aliases=("class", "klasse", "amounttype"),
        example="hard",
    ),
    Field("currency", _("Currency"), aliases=("währung", "ccy"), example="EUR"),
    Field("effect_name", _("Name of the effect"), aliases=("effect", "effekt", "line")),
)
TOTAL = Field(
    "amount",
    _("Amount"),
    _("Spread evenly from the planned start to the planned end, where there are no months."),
    aliases=("saving", "savings", "einsparung", "betrag", "value", "effect value"),
)
PLACE_OPTION = Option(
    "place",
    _("Place for rows that name none"),
    _("The code of a project or package, or of something higher below which rows name theirs."),
    is_place=True,
)


def words_of(choices: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Every spelling of a closed list in the active language: values and labels, folded."""
    found: dict[str, str] = {}
    for value, label in choices:
        found[value.casefold()] = value
        found[value.replace("_", " ").casefold()] = value
        found[value.replace("_", "-").casefold()] = value
        found[str(label).casefold()] = value
    return found


def chosen_word(source: SourceRow, name: str, choices: list[tuple[str, object]]) -> str:
    """The value a cell means in a closed list; empty with a finding for anything else."""
    text = source.text(name)
    if not text:
        return ""
    words = words_of(choices)
    if text.casefold() not in words:
        known = ", ".join(str(label) for _value, label in choices)
        source.fail("unknown_word", name, text=text, known=known)
    return words.get(text.casefold(), "")


def place_of(source: SourceRow, settings: Settings) -> PlaceDraft:
    """The place a row names, below the place chosen for the file."""
    steps = []
    for level in LEVELS:
        name = source.text(level.word, limit=180)
        if name:
            steps.append([level.word, name, ""])
    return PlaceDraft(settings.option("place"), steps)


def derived_key(name: str, place: PlaceDraft) -> str:
    """A key for a measure without an id: its name and place tell it apart."""
    facts = [name.casefold(), place.under, *(step[1].casefold() for step in place.steps)]
    return f"#{hashlib.sha256(chr(31).join(facts).encode()).hexdigest()[:32]}"


def effect_of(
    source: SourceRow, settings: Settings, cells: dict[str, str | None]
) -> EffectDraftData:
    """The effect that a row's columns describe, with its months."""
    return EffectDraftData(
        metric=source.text("metric", limit=200) or settings.option("metric") or HEADLINE,
        kind=chosen_word(source, "kind", list(EffectKind.choices)) or settings.option("kind"),
        effect_class=chosen_word(source, "effect_class", list(EffectClass.choices))
        or settings.option("effect_class")
        or EffectClass.HARD.value,
        currency=source.text("currency", limit=3).upper(),
        name=source.text("effect_name"),
        cells=cells,
    )


def spelled(cells: dict[Month, Decimal]) -> dict[str, str | None]:
    return {str(month): format(amount, "f") for month, amount in sorted(cells.items())}


EFFECT_OPTIONS = (
    Option(
        "metric",
        _("Metric of the amounts"),
        _("Where a row names none; empty means the headline metric."),
    ),
    Option(
        "kind",
        _("Kind of effect"),
        _("Where a row names none."),
        default=EffectKind.RECURRING.value,
        choices=EffectKind.choices,
    ),
    Option(
        "effect_class",
        _("Class of the effect"),
        _("Where a row names none."),
        default=EffectClass.HARD.value,
        choices=EffectClass.choices,
    ),
)


class MeasureList(Profile):
    """A row a measure; columns headed by months plan an effect of it."""

    code = ProfileCode.MEASURES
    summary = _("One row for each measure: name, place, people, dates; months or an amount, too.")
    fields = (*MEASURE_FIELDS, *PLACE_FIELDS, *JUDGED_FIELDS, *EFFECT_FIELDS, TOTAL)
    options = (PLACE_OPTION, *EFFECT_OPTIONS)
    takes_months = True

    def draft(self, source: SourceRow, settings: Settings) -> MeasureRow | None:
        place = place_of(source, settings)
        fields = self._fields(source)
        code, external = source.text("code", limit=20), source.text("external_id", limit=150)
        name = fields.get("name", "")
        source_key = f"list:{external or derived_key(name, place)}" if external or name else ""
        effects = self._effects(source, settings, fields)
        return MeasureRow(
            key=row_key(code.upper() or source_key),
            code=code.upper(),
            source_key=source_key,
            may_create=not code,
            place=place,
            fields=fields,
            effects=effects,
        )

    def _fields(self, source: SourceRow) -> dict[str, str]:
        found = {
            "name": source.text("name", required=not source.text("code", limit=20)),
            "description": source.prose("description"),
        }
        for name in ("planned_start", "planned_end"):
            day = source.day(name)
            found[name] = day.isoformat() if day else ""
        for name in EDITABLE_FIELDS:
            if name not in found:
                found[name] = source.text(name, limit=254)
        return {name: text for name, text in found.items() if text}

    def _effects(
        self, source: SourceRow, settings: Settings, fields: dict[str, str]
    ) -> list[EffectDraftData]:
        cells = source.months()
        total = source.amount("amount")
        if not cells and total is not None:
            cells = self._spread(source, total, fields)
        return [effect_of(source, settings, spelled(cells))] if cells else []

    @staticmethod
    def _spread(source: SourceRow, total: Decimal, fields: dict[str, str]) -> dict[Month, Decimal]:
        """An amount without months lies between the planned start and end (V9)."""
        start, end = fields.get("planned_start"), fields.get("planned_end")
        if not start or not end or end < start:
            source.fail("amount_without_dates", "amount", text=format(total, "f"))
            return {}
        first, last = (Month(int(day[:4]), int(day[5:7])) for day in (start, end))
        count = (last.year - first.year) * 12 + last.number - first.number + 1
        return spread(total, [first.plus(n) for n in range(count)], 2)

"""Measures with their status history in one list: each row names the row above it."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.drafts import MeasureRow, PlaceDraft, ReportDraft, row_key
from exchange.profiles.base import Field, Option, Profile, Settings
from exchange.profiles.lights import light_in
from exchange.profiles.measures import PLACE_OPTION
from exchange.profiles.source import SourceRow
from governance.tree.choices import Level

YEAR = re.compile(r"(19|20)\d\d")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
FIELD_DEPTH, MEASURE_DEPTH, ENTRY_DEPTH = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Above:
    """What a row says to those below it: its depth, title and the row above it."""

    depth: int
    title: str
    parent: str


class Outline(Profile):
    """Three depths: a field becomes a measure package, below it measures, below them entries.

    An entry's year comes from its title and counts as its last day; an entry without a year is
    the plan, and its text describes the measure. A row must come after the one it names.
    """

    code = ProfileCode.OUTLINE
    summary = _("Fields, measures and status entries in one list; each row names its parent.")
    fields = (
        Field("external_id", _("Id"), aliases=("id", "nr"), is_required=True),
        Field(
            "parent", _("Id of the row above"), aliases=("parent", "oberpunkt"), is_required=True
        ),
        Field("name", _("Title"), aliases=("title", "titel"), is_required=True),
        Field("description", _("Text"), aliases=("text", "beschreibung")),
        Field("rating", _("Rating"), aliases=("assessment", "bewertung", "ampel", "status")),
    )
    options = (
        PLACE_OPTION,
        Option("portfolio", _("Portfolio"), _("If no place is chosen; made if it is not here.")),
        Option("program", _("Program"), _("If no place is chosen; made if it is not here.")),
        Option("project", _("Project"), _("If no place is chosen; made if it is not here.")),
        Option("as_of", _("Date of the overall ratings"), is_day=True, is_required=True),
    )

    def __init__(self) -> None:
        self.above: dict[str, Above] = {}
        # Which row described a measure or reported on a day of it: parent and day to its number.
        self.told: dict[tuple[str, str], int] = {}

    def draft(self, source: SourceRow, settings: Settings) -> MeasureRow | None:
        row_id = source.text("external_id", limit=150, required=True)
        parent, title = source.text("parent", limit=150), source.text("name", required=True)
        depth = self._depth(source, parent)
        if depth is None:
            return None
        self.above[row_id] = Above(depth, title, parent)
        if depth == FIELD_DEPTH:
            source.warn("made_with_its_measures", "external_id")
            return None
        if depth == MEASURE_DEPTH:
            return self._measure(source, settings, row_id, self.above[parent])
        return self._entry(source, row_id, parent)

    def _depth(self, source: SourceRow, parent: str) -> int | None:
        if not parent:
            return FIELD_DEPTH
        above = self.above.get(parent)
        if above is None:
            source.fail("unknown_parent", "parent", text=parent)
            return None
        if above.depth >= ENTRY_DEPTH:
            source.fail("too_deep", "parent")
            return None
        return above.depth + 1

    def _measure(
        self, source: SourceRow, settings: Settings, row_id: str, field: Above
    ) -> MeasureRow:
        place = PlaceDraft(settings.option("place"))
        if not place.under:
            for level in (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT):
                place.steps.append([level.word, settings.option(level.word), ""])
        key = f"outline:{row_id}"
        place.steps.append([Level.PACKAGE.word, field.title[:180], ""])
        name, text = source.text("name"), _plain(source.prose("description"))
        own = "" if text == name else text
        as_of = date.fromisoformat(settings.option("as_of"))
        # The plan will describe the measure; what this row says itself goes with its rating.
        reports = self._reports(source, as_of, own, overall=True)
        fields = {"name": name, "description": "" if reports else own}
        return MeasureRow(
            key=row_key(key),
            source_key=key,
            place=place,
            fields={f: said for f, said in fields.items() if said},
            reports=reports,
        )

    def _entry(self, source: SourceRow, row_id: str, parent: str) -> MeasureRow:
        group = f"outline:{parent}"
        draft = MeasureRow(key=row_key(group, row_id), source_key=group, may_create=False)
        text = _plain(source.prose("description", limit=20_000))
        years = [int(match.group()) for match in YEAR.finditer(source.text("name"))]
        if years:
            on = date(max(years), 12, 31)
            self._require_first(source, parent, on.isoformat())
            draft.reports = self._reports(source, on, text)
        elif text:
            self._require_first(source, parent, "")
            source.warn("plan_describes", "name", text=source.text("name"))
            draft.fields = {"description": text}
        return draft

    def _require_first(self, source: SourceRow, parent: str, day: str) -> None:
        """A measure has one description and one report a day; what comes second says so."""
        first = self.told.setdefault((parent, day), source.number)
        if first != source.number:
            source.fail("repeated", number=first)

    @staticmethod
    def _reports(
        source: SourceRow, on: date, text: str, *, overall: bool = False
    ) -> list[ReportDraft]:
        stated = source.text("rating")
        if overall and not stated:
            return []
        light = light_in(source, "rating", stated)
        rater = "overall" if overall else ""
        return [ReportDraft(on.isoformat(), light, rater, stated, text)]


def _plain(text: str) -> str:
    """Line breaks written as HTML become line breaks; the text is shown as text anyway."""
    return BREAK.sub("\n", text).strip()

"""Status reports of measures that are here: a row a measure, day and rater."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exchange.choices import ProfileCode
from exchange.drafts import MeasureRow, ReportDraft, row_key
from exchange.profiles.base import Field, Profile, Settings
from exchange.profiles.lights import light_in
from exchange.profiles.measures import MEASURE_FIELDS
from exchange.profiles.source import SourceRow
from initiatives.rules_reports import COMMENTARY_LENGTH, RATER_LENGTH, STATED_LENGTH

CODE, EXTERNAL_ID = MEASURE_FIELDS[0], MEASURE_FIELDS[1]


class StatusReports(Profile):
    """Measures are found by code or external id and never made; a day and rater is one report."""

    code = ProfileCode.REPORTS
    summary = _("Ratings of measures that are here already: a row for each measure and day.")
    fields = (
        Field(CODE.name, CODE.label, _("The code of a measure."), (*CODE.aliases, "measure")),
        EXTERNAL_ID,
        Field(
            "reported_on",
            pgettext_lazy("of a status report", "Date"),
            aliases=("date", "datum", "as of", "stand"),
            is_required=True,
            example="2026-03-31",
        ),
        Field(
            "light",
            _("Rating"),
            _("Green, amber, red, blue (done) or grey (no rating)."),
            aliases=("rag", "rating", "status", "ampel"),
            is_required=True,
            example="amber",
        ),
        Field("rater", _("Rated by"), _("Empty: the measure's own side."), ("rater", "bewerter")),
        Field("stated", _("Rating as stated"), aliases=("stated", "words")),
        Field(
            "commentary", _("Commentary"), aliases=("commentary", "comment", "note", "kommentar")
        ),
    )

    def draft(self, source: SourceRow, _settings: Settings) -> MeasureRow | None:
        code = source.text("code", limit=20).upper()
        external = source.text("external_id", limit=150)
        if not code and not external:
            source.fail("no_key")
            return None
        day = source.day("reported_on")
        rater = source.text("rater", limit=RATER_LENGTH)
        rating = source.text("light", limit=STATED_LENGTH, required=True)
        light = light_in(source, "light", rating)
        if day is None:
            if not any(finding.is_error for finding in source.findings):
                source.fail("required", "reported_on")
            return None
        report = ReportDraft(
            on=day.isoformat(),
            light=light,
            rater=rater,
            stated=source.prose("stated", limit=STATED_LENGTH) or _own_words(rating, light),
            text=source.prose("commentary", limit=COMMENTARY_LENGTH),
        )
        group = code or f"list:{external}"
        return MeasureRow(
            key=row_key(group, report.on, rater),
            code=code,
            source_key=f"list:{external}" if external else "",
            may_create=False,
            reports=[report],
        )


def _own_words(rating: str, light: str) -> str:
    """What the source calls its rating, where that says more than the light."""
    return "" if rating.casefold() == light else rating

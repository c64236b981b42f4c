"""What is odd about a row or a cell of a file: a code with facts, told in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from exchange.choices import Severity
from exchange.files.columns import seen
from exchange.files.notations import FAULT_TEXTS

SHOWN_LENGTH = 80

TEXTS: dict[str, StrOrPromise] = {
    "required": _("This is required; fill it in."),
    "too_long": _("At most %(limit)s characters; this has %(count)s."),
    "control_characters": _("This contains control characters; remove them and try again."),
    "unknown_word": _("«%(text)s» is not known here. Known: %(known)s."),
    "unknown_person": _("«%(text)s» is no member of this tenant. Write the e-mail address of one."),
    "several_people": _("Several members are called «%(text)s». Write the e-mail address."),
    "unknown_entry": _("There is no entry «%(text)s». Add it to the master data first."),
    "unknown_metric": _("There is no metric «%(text)s» here."),
    "inactive_metric": _("The metric «%(text)s» is not in use any more; it takes no new effects."),
    "unknown_kpi": _("There is no KPI «%(text)s» here; leave its code empty to make a new one."),
    "unknown_measure": _("There is no measure «%(text)s» here that you may change."),
    "unknown_code": _("There is no %(code)s here. Leave the code empty for something new."),
    "unknown_place": _("There is no place «%(text)s» here."),
    "place_not_below": _(
        "There is no «%(text)s» in the place above it. Check the code, or name it in words to have "
        "a new one made."
    ),
    "no_place": _("No place: name at least a project, or choose a place for the whole file."),
    "place_gap": _(
        "«%(text)s» is not known, and the level above it is missing: name it, or choose a place "
        "for the whole file."
    ),
    "several_places": _("Several places are called «%(text)s». Write its code."),
    "place_forbidden": _("Your roles do not let you import there."),
    "field_forbidden": _("Your roles do not let you set this (S11). Leave the column out."),
    "owner_is_sponsor": _("Owner and sponsor must be different people (S1)."),
    "controller_is_judged": _(
        "The controller must be neither owner, sponsor nor owner of an effect (S2)."
    ),
    "frozen": _(
        "The plan of this measure is frozen by a passed gate (V2); ask for a change request."
    ),
    "change_request_needed": _(
        "A gate was passed on this; it changes only by an approved change request (T15). Leave "
        "the column out, or bring the value as it is."
    ),
    "measure_closed": _("This measure is closed; nothing in it can be imported."),
    "measure_cancelled": _("This measure is cancelled; nothing in it can be imported."),
    "end_before_start": _("The end cannot come before the start."),
    "repeated": _("Row %(number)s says the same already; only one of them can be imported."),
    "no_key": _("Nothing tells this row apart: give it a code, an external id or a name."),
    "no_months": _("No month has a value in this row."),
    "month_out_of_range": _(
        "%(text)s lies too far away: months from %(first)s to %(last)s can be planned."
    ),
    "other_currency": _(
        "The effect is planned in %(here)s here, the file says %(stated)s. Give the effect in "
        "%(stated)s a name of its own, or write amounts in %(here)s."
    ),
    "not_a_month": _("«%(text)s» is not a month. Write it like 2026-01."),
    "not_a_period": _("«%(text)s» is neither a year nor a month. Write it like 2026 or 2026-01."),
    "unknown_direction": _("«%(text)s» says no direction known here; none is kept."),
    "counted_as_actual": _("«%(text)s» is neither target nor actual; it counts as actual."),
    "made_with_its_measures": _("This becomes a measure package together with its measures."),
    "plan_describes": _("«%(text)s» names no year: its text describes the measure."),
    "bad_code": _("«%(text)s» cannot be a code: letters, digits, blanks and . _ - & only."),
    "band_crossed": _("The lower limit lies above the upper one."),
    "no_effect": _("There is no effect to plan: name a metric."),
    "not_monetary": _("The metric «%(text)s» is not money here."),
    "too_many_decimals": _("The metric keeps %(decimals)s decimals; this has more."),
    "empty_row": _("The row is empty and was skipped."),
    "subtotal_row": _("This looks like a sum of other rows and was skipped."),
    "no_value_word": _("«%(text)s» was read as no value."),
    "reason_instead": _("A reason stands here instead of a figure; it was kept as text: %(text)s"),
    "amount_without_dates": _(
        "The amount %(text)s lies nowhere in time: give months, or a planned start and end."
    ),
    "formula": _("A formula; the value it showed when the file was saved was taken."),
    "merged": _("Merged cells; the value of the first one was taken."),
    "error_value": _("The spreadsheet shows an error here (%(text)s)."),
    "formula_without_value": _(
        "A formula without a saved value. Open the file, save it, upload it."
    ),
    "half_light": _("«%(text)s» is a half step; it counts as amber, and the words are kept."),
    "unknown_light": _(
        "«%(text)s» is not a rating known here; the light is grey, the words are kept."
    ),
    "tidied": _("Line breaks and double blanks were made one blank."),
    "stands_elsewhere": _("It stands in %(place)s here; an import moves nothing."),
    "kept": _("«%(stated)s» in the file, «%(here)s» here; left as it is here."),
    "edited_here": _("Edited here since the last import; the file replaces %(count)s months."),
    "locked_here": _("This measure is past Identified: what gates judge is left as it is here."),
    "two_reports": _("Two ratings of one rater («%(rater)s») on %(on)s; only one can be kept."),
    "stated_twice": _("Another column states this figure as well; leave one of them empty."),
    "unknown_parent": _("The row above it, «%(text)s», is missing from the file."),
    "too_deep": _("Rows may stand three deep: field, measure, status entry."),
    "no_date": _("No date can be seen in «%(text)s»; the entry has no place in time."),
    "prose": "%(text)s",
    "invalid": "%(text)s",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark; `column` is the heading it concerns, empty for the whole row."""

    code: str
    severity: Severity
    column: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    @property
    def text(self) -> str:
        """The remark in the active language."""
        template = TEXTS.get(self.code) or FAULT_TEXTS.get(self.code) or self.code
        return str(template) % self.params

    def to_data(self) -> dict[str, Any]:
        """As it is kept in the database: the code and its facts, never the words."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "column": self.column,
            "params": dict(self.params),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Finding":
        return cls(data["code"], Severity(data["severity"]), data["column"], data["params"])


def error(code: str, column: str = "", **params: object) -> Finding:
    """A remark that refuses its row."""
    return Finding(code, Severity.ERROR, column, _short(params))


def warning(code: str, column: str = "", **params: object) -> Finding:
    """A remark that says what was done about something odd."""
    return Finding(code, Severity.WARNING, column, _short(params))


def _short(params: Mapping[str, object]) -> dict[str, str]:
    return {name: shortened(str(value)) for name, value in params.items()}


def shortened(text: str) -> str:
    """The beginning of a foreign text, fit for one line of a page."""
    line = " ".join(seen(text).split())
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"

"""Status reports as a list: all those of the measures that an address of their list asks for."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from governance.people.actor import Actor
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from initiatives.choices import Light
from initiatives.models import StatusReport
from initiatives.pages.filters import MeasureFilterForm
from initiatives.pages.sources import choose_measures, order_by_measure


def choose_reports(query: QueryDict, by: Actor) -> Chosen[MeasureFilterForm, StatusReport]:
    """The status reports of the measures that an address asks for, in the order of these."""
    chosen = choose_measures(query, by)
    rows = StatusReport.objects.select_related("measure")
    rows = rows.filter(measure__in=chosen.rows.order_by().values("pk"))
    return Chosen(chosen.form, rows, order_by_measure(chosen.order))


def report_fields(_rows: QuerySet[StatusReport], _reader: Reader) -> list[Field]:
    """Names are those that an import of status reports takes."""
    return [
        Field("code", _("Code")),
        Field("name", _("Measure")),
        Field("reported_on", pgettext("of a status report", "Date")),
        Field("light", _("Rating"), dict(Light.choices)),
        Field("rater", _("Rated by")),
        Field("stated", _("Rating as stated")),
        Field("commentary", _("Commentary")),
        Field("author", _("Reported by")),
    ]


def report_cells(
    reports: Sequence[StatusReport], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Status reports as rows of a file."""
    return [
        [
            report.measure.code,
            report.measure.name,
            report.reported_on,
            report.light,
            report.rater,
            report.stated,
            report.commentary,
            report.author,
        ]
        for report in reports
    ]


REPORTS = ListSource(
    "status-reports", gettext_lazy("Status reports"), choose_reports, report_fields, report_cells
)

"""Invented figures, people and histories for the gallery."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.ui.charts import Chart, Kind, Series
from governance.ui.parts import Column, Crumb, Entry, Fact, Step, Tab

NOW = datetime(2026, 5, 12, 9, 41, tzinfo=UTC)
YEARS = [f"FY{year}" for year in range(21, 30)]
MONTHS = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13)]
MILLION = Decimal(1_000_000)


class ReasonForm(forms.Form):
    """A reason, as dialogs ask for it."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the history for everybody who may see the measure."),
    )


class MeasureForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("What is done, in a few words."))
    amount = forms.DecimalField(
        label=_("Run-rate"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    stage = forms.ChoiceField(
        label=_("Stage"), choices=[("identified", _("Identified")), ("detailed", _("Detailed"))]
    )
    start = forms.DateField(
        label=_("Planned start"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    effect = forms.ChoiceField(
        label=_("Class"),
        choices=[("hard", _("Hard")), ("avoidance", _("Avoidance"))],
        widget=forms.RadioSelect,
    )
    hard = forms.BooleanField(label=_("Counts towards the target"), required=False)
    note = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea)


def navigation() -> list[dict[str, Any]]:
    """Entries of the left navigation, grouped."""
    rows = [
        ("", "Portfolio", "chart-histogram", True, None),
        ("", "Measures", "list-details", False, None),
        ("", "Tree", "sitemap", False, None),
        ("Decide", "Inbox", "inbox", False, 4),
        ("Decide", "Forums", "users-group", False, None),
        ("Set-up", "People and roles", "user-check", False, None),
        ("Set-up", "Master data", "building", False, None),
        ("Evidence", "Audit", "shield-check", False, None),
    ]
    names = ("group", "label", "icon", "is_current", "count")
    return [dict(zip(names, row, strict=True)) | {"url": "/_components/"} for row in rows]


def crumbs() -> list[Crumb]:
    """The way from the tenant to a measure."""
    return [
        Crumb("Nordwerk", "#"),
        Crumb("Horizon 2028", "#"),
        Crumb("Procurement", "#"),
        Crumb("M-000123"),
    ]


def columns() -> list[Column]:
    """Headings of a list of measures."""
    return [
        Column("name", "Measure", sortable=True),
        Column("owner", "Owner"),
        Column("stage", "Stage", sortable=True),
        Column("light", "Potential"),
        Column("value", "Run-rate, EUR", numeric=True, sortable=True),
        Column("share", "Share", hide_label=True),
    ]


def measures() -> list[dict[str, Any]]:
    """Rows of a list of measures; amounts of every size and sign."""
    rows = [
        ("M-000123", "Bundle packaging suppliers", "Jonas Falk", "Detailed", "green", "4812500.00"),
        (
            "M-000124",
            "Retire the Leuven data centre",
            "Mira Osei",
            "Decided",
            "amber",
            "1240000.50",
        ),
        ("M-000131", "Renegotiate freight contracts", "Tom Brandt", "Identified", "grey", "386200"),
        ("M-000140", "Second shift at plant Ost", "Lena Kuhn", "Implemented", "red", "-215400.25"),
        ("M-000152", "Energy contract for all sites", "Ada Winter", "Closed", "blue", "0"),
        ("M-000160", "Standard spare parts catalogue", "Jonas Falk", "Identified", "grey", None),
    ]
    names = ("code", "name", "owner", "stage", "light", "value")
    return [
        dict(zip(names, row, strict=True)) | {"value": None if row[5] is None else Decimal(row[5])}
        for row in rows
    ]


def ladder(current: int = 3) -> list[Step]:
    """The five stages with one of them current."""
    labels = ["Identified", "Detailed", "Decided", "Implemented", "Closed"]
    return [
        Step(doi, label.lower(), label, doi == current, doi < current)
        for doi, label in enumerate(labels, start=1)
    ]


def amounts() -> list[Decimal | None]:
    """Amounts of every size and sign."""
    texts = ["309124828", "1234567.89", "-1234567.89", "999960", "12500", "950.5", "0"]
    return [*(Decimal(text) for text in texts), None]


def money_columns() -> list[Column]:
    """Headings over the samples of money."""
    return [
        Column("", "Form"),
        *(Column("", str(n), numeric=True) for n, _a in enumerate(amounts())),
    ]


def tabs() -> list[Tab]:
    """Tabs of a measure."""
    return [
        Tab("Overview", "#", is_current=True),
        Tab("Value", "#"),
        Tab("Plan", "#"),
        Tab("Risks", "#", count=3),
        Tab("History", "#", count=128),
    ]


def history() -> list[Entry]:
    """A few sentences of a history."""
    return [
        Entry(
            NOW, "Stage moved from Identified to Detailed", "Lena Kuhn", icon="check", tone="green"
        ),
        Entry(NOW, "Plan changed for 2026-03", "Jonas Falk", "120,000.00 → 95,000.00 EUR"),
        Entry(NOW, "Sent back: reference missing", "Mira Osei", icon="arrow-back-up", tone="amber"),
        Entry(NOW, "Measure created", "Jonas Falk", icon="plus", tone="blue", url="#"),
    ]


def facts() -> list[Fact]:
    """Governability fields, two of them missing."""
    return [
        Fact("Owner", "Jonas Falk", "#"),
        Fact("Sponsor", "Mira Osei", "#"),
        Fact("Controller", missing_url="#"),
        Fact("Business unit", "Packaging"),
        Fact("Legal entity"),
        Fact("Steering committee", missing_url="#", missing_label="Choose a forum"),
    ]


def _branch(code: str, label: str, value: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "code": code,
        "label": label,
        "url": "#",
        "value": Decimal(value),
        "count": 3 + len(children) * 9,
        "children": children,
        "is_open": bool(children),
    }


def tree() -> list[dict[str, Any]]:
    """A portfolio with what is below it."""
    freight = _branch("PJ-0012", "Freight and logistics", "3100000", [])
    packaging = _branch("PJ-0013", "Packaging materials, all sites", "-420000", [])
    programs = [
        _branch("PG-001", "Procurement", "18400000", [freight, packaging | {"is_current": True}]),
        _branch("PG-002", "Operations", "9750000", []),
    ]
    return [_branch("PF-01", "Horizon 2028", "41250000", programs)]


def trend() -> list[Decimal | None]:
    """Twelve months, the last ones still open."""
    figures = [3, 4, 4, 6, 5, 7, 9, 8, 11, 12]
    return [*(Decimal(figure) for figure in figures), None, None]


def stacked_chart(chart_id: str = "by-year") -> Chart:
    """Columns by fiscal year, one series per class."""
    hard = [Decimal(n) / 10 * MILLION for n in (12, 31, 64, 118, 205, 248, 231, 190, 84)]
    avoidance = [Decimal(n) / 10 * MILLION for n in (4, 9, 22, 41, 60, 72, 66, 31, 12)]
    unsplit: list[Decimal | None] = [None, *(Decimal(n) * MILLION for n in (1, 1, 2, 3, 5, 4, 2))]
    return Chart(
        id=chart_id,
        kind=Kind.STACKED,
        title=str(_("Value by fiscal year and class")),
        description=str(_("All monetary effects, plan, all classes; million EUR")),
        categories=YEARS,
        series=[
            Series(str(_("Hard")), hard),
            Series(str(_("Avoidance")), avoidance),
            Series(str(_("Unsplit")), [*unsplit, None]),
        ],
        currency="EUR",
        csv_url="#",
        links=["#"] * len(YEARS),
    )


def curve_chart() -> Chart:
    """The cumulative S-curve: plan, forecast, validated."""
    plan = _cumulated([2, 3, 5, 8, 12, 17, 23, 28, 31, 31, 28, 24])
    late = _cumulated([1, 2, 4, 6, 9, 14, 20, 26, 30, 32, 30, 27])
    return Chart(
        id="s-curve",
        kind=Kind.AREA,
        title=str(_("Plan, forecast and validated value")),
        description=str(_("Cumulative by month; million EUR")),
        categories=MONTHS,
        series=[
            Series(str(_("Plan")), plan, tone="grey", dashed=True),
            Series(str(_("Forecast")), late, tone="brand"),
            Series(str(_("Validated")), [*late[:16], *[None] * 8], tone="green"),
        ],
        currency="EUR",
        csv_url="#",
    )


def empty_chart() -> Chart:
    """A chart without any figure."""
    series = [Series(str(_("Plan")), [None] * len(YEARS))]
    return Chart("empty", Kind.BAR, str(_("Value by program")), YEARS, series)


def portfolio() -> dict[str, Any]:
    """The figures of a portfolio page."""
    return {
        "crumbs": [Crumb("Nordwerk", "#"), Crumb("Horizon 2028")],
        "by_year": stacked_chart(),
        "curve": curve_chart(),
        "columns": [
            Column("name", "Program", sortable=True),
            Column("measures", "Measures", numeric=True, sortable=True),
            Column("light", "Potential"),
            Column("trend", "12 months"),
            Column("value", "Identified, EUR m", numeric=True, sortable=True),
            Column("bankable", "Bankable, EUR m", numeric=True, sortable=True),
        ],
        "programs": [
            _program("PG-001", "Procurement", 84, "green", "18400000"),
            _program("PG-002", "Operations excellence", 121, "amber", "9750000"),
            _program("PG-003", "Commercial", 62, "red", "-1310000"),
            _program("PG-004", "Shared services", 33, "grey", "14410000"),
        ],
        "trend": trend(),
        "entries": history(),
        "now": NOW,
    }


def _program(code: str, name: str, count: int, light: str, value: str) -> dict[str, Any]:
    amount = Decimal(value)
    return {
        "code": code,
        "name": name,
        "measures": count,
        "light": light,
        "value": amount,
        "bankable": amount * Decimal("0.42"),
    }


def _cumulated(figures: list[int]) -> list[Decimal | None]:
    total, sums = Decimal(0), []
    for figure in [*figures, *figures[::-1]]:
        total += Decimal(figure) * MILLION / 10
        sums.append(total)
    return list(sums)

"""Lists of measures and nodes: how an address narrows them, and their columns as files."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import ancestors_of
from governance.ui.format import plain_number
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from governance.web.pages import Order
from initiatives.choices import Light, Overlay, Stage
from initiatives.counting import measure_counts
from initiatives.figures import Money, SeriesTotal, plan_totals, totals_of
from initiatives.models import Measure, StatusReport
from initiatives.node_lists import LEVELS, NodeFilters, levels_above, node_list
from initiatives.pages.columns import (
    CODED_LABELS,
    PEOPLE_LABELS,
    RECEIVER_LABEL,
    Standing,
    fields_of,
)
from initiatives.pages.filters import MeasureFilterForm, NodeFilterForm, parse, parse_nodes
from initiatives.pages.frame import require_sight
from initiatives.rules import missing_fields
from initiatives.selectors import latest_reports, measure_list

TITLES = {
    Level.PORTFOLIO: gettext_lazy("Portfolios"),
    Level.PROGRAM: gettext_lazy("Programs"),
    Level.PROJECT: gettext_lazy("Projects"),
    Level.PACKAGE: gettext_lazy("Measure packages"),
}
NOUNS: dict[Level, str] = {level: level.noun for level in Level if level is not Level.TENANT}
START, END = (
    Field("planned_start", gettext_lazy("Planned start")),
    Field("planned_end", gettext_lazy("Planned end")),
)
UPDATED = Field("updated_at", gettext_lazy("Updated"))
CODE = Field("code", gettext_lazy("Code"))
EXTERNAL = Field("external_id", gettext_lazy("External id"))
DESCRIPTION = Field("description", gettext_lazy("Description"))


# --- measures -----------------------------------------------------------------------------------


def choose_measures(query: QueryDict, by: Actor) -> Chosen[MeasureFilterForm, Measure]:
    """The measures that an address asks for."""
    require_sight(by)
    asked = parse(query)
    rows = measure_list(asked.form.filters, by=by)
    return Chosen(asked.form, rows, asked.order, fields_of(asked.columns))


def check_measures(query: QueryDict, by: Actor) -> None:
    """Raise what the list would raise for this address."""
    choose_measures(query, by)


def order_by_measure(order: Order) -> Order:
    """The order of a list of measures, for rows that each belong to one."""
    return Order(order.name, "of_measure", order.is_descending, F(f"measure__{order.field}"))


def standings(
    measures: Sequence[Measure], reader: Reader, *, with_series: bool = False
) -> tuple[str, list[Standing]]:
    """The headline metric's name, and the measures with place and plan; three queries.

    With forecast and actuals one more, and those of the plan rates.
    """
    totals = plan_totals(measures, reader.tenant)
    series = totals_of([m.pk for m in measures], reader.tenant) if with_series else {}
    nodes = ancestors_of([measure.package for measure in measures])
    rows = [
        Standing(
            measure,
            {nodes[pk].known_level: nodes[pk] for pk in measure.package.ancestor_ids},
            totals.by_measure.get(measure.pk, ()),
            missing_fields(measure),
            series.get(measure.pk, {}),
        )
        for measure in measures
    ]
    return totals.label, rows


def plan_label(metric: str) -> str:
    """The heading over plans: of which metric they are."""
    return _("Plan, %(metric)s") % {"metric": metric} if metric else _("Plan")


def measure_fields(_rows: QuerySet[Measure], reader: Reader) -> list[Field]:
    """Columns of the list of measures; names of fields are those that an import takes."""
    places = [
        field
        for level in LEVELS
        for field in (
            Field(level.word, level.label),
            Field(f"{level.word}_code", _("%(level)s, code") % {"level": level.label}),
        )
    ]
    people = [
        field
        for name, label in PEOPLE_LABELS.items()
        for field in (
            Field(name, _("%(person)s, e-mail") % {"person": label}),
            Field(f"{name}_name", label),
        )
    ]
    plan = plan_label(plan_totals((), reader.tenant).label)
    return [
        CODE,
        EXTERNAL,
        Field("name", _("Measure")),
        DESCRIPTION,
        Field("stage", _("Stage"), dict(Stage.choices)),
        Field("overlay", _("Overlay"), dict(Overlay.choices)),
        *places,
        *people,
        *(Field(name, label) for name, label in CODED_LABELS.items()),
        START,
        END,
        Field("plan_total", plan),
        Field("currency", _("Currency")),
        Field("missing", _("Missing")),
        UPDATED,
        # No import takes these from a file of measures: they come where their column is shown.
        Field("receiver", _("%(person)s, e-mail") % {"person": RECEIVER_LABEL}, is_extra=True),
        Field("receiver_name", RECEIVER_LABEL, is_extra=True),
        Field("status", _("Status"), dict(Light.choices), is_extra=True),
        Field("status_on", _("Status of"), is_extra=True),
        *(Field(f"{name}_total", name.label, is_extra=True) for name in SeriesTotal),
    ]


def measure_cells(
    measures: Sequence[Measure], _fields: Sequence[Field], reader: Reader
) -> list[Sequence[Cell]]:
    """Measures as rows of a file."""
    reports = latest_reports(measures)
    rows = standings(measures, reader, with_series=True)[1]
    return [_measure_cells(row, reports.get(row.measure.pk)) for row in rows]


def _measure_cells(row: Standing, report: StatusReport | None) -> list[Cell]:
    measure = row.measure
    people = (measure.owner, measure.sponsor, measure.controller)
    coded = (measure.business_unit, measure.function, measure.legal_entity, measure.forum)
    return [
        measure.code,
        measure.source_key,
        measure.name,
        measure.description,
        measure.stage,
        measure.overlay,
        *_places(row.above, LEVELS),
        *(cell for person in people for cell in _person(person)),
        *(entry.code if entry else "" for entry in coded),
        measure.planned_start,
        measure.planned_end,
        *_plan(row.plan),
        " ".join(field.value for field in row.missing),
        measure.updated_at,
        *_person(measure.receiver),
        report.light if report else "",
        report.reported_on if report else None,
        *(row.totals.get(name) for name in SeriesTotal),
    ]


def _places(above: dict[Level, Node], levels: Sequence[Level]) -> list[Cell]:
    """Name and code of each place above."""
    cells: list[Cell] = []
    for level in levels:
        node = above.get(level)
        cells += [node.name, node.code] if node else ["", ""]
    return cells


def _person(person: Membership | None) -> tuple[str, str]:
    return (person.email, person.name) if person else ("", "")


def _plan(sums: Sequence[Money]) -> tuple[Cell, str]:
    """Amount and currency; sums in several currencies are no number and stand as a text."""
    if not sums:
        return None, ""
    if len(sums) == 1:
        return Decimal(sums[0].amount), sums[0].currency
    return "; ".join(f"{plain_number(one.amount)} {one.currency}" for one in sums), ""


# --- nodes --------------------------------------------------------------------------------------


def choose_nodes(query: QueryDict, by: Actor, *, level: Level) -> Chosen[NodeFilterForm, Node]:
    """The nodes of one level that an address asks for."""
    require_sight(by)
    form, order = parse_nodes(query)
    return Chosen(form, node_list(level, NodeFilters(q=form.cleaned_data["q"]), by=by), order)


def node_fields(_rows: QuerySet[Node], _reader: Reader, *, level: Level) -> list[Field]:
    """Columns of a list of nodes."""
    places = [
        field
        for above in levels_above(level)
        for field in (
            Field(above.word, above.label),
            Field(f"{above.word}_code", _("%(level)s, code") % {"level": above.label}),
        )
    ]
    people = [
        field
        for name in ("owner", "sponsor")
        for field in (
            Field(name, _("%(person)s, e-mail") % {"person": PEOPLE_LABELS[name]}),
            Field(f"{name}_name", PEOPLE_LABELS[name]),
        )
    ]
    return [
        CODE,
        EXTERNAL,
        Field("name", _("Name")),
        DESCRIPTION,
        *places,
        *people,
        START,
        END,
        Field("measures", _("Measures")),
        UPDATED,
    ]


def node_cells(
    nodes: Sequence[Node], _fields: Sequence[Field], _reader: Reader, *, level: Level
) -> list[Sequence[Cell]]:
    """Nodes as rows of a file; three queries where their numbers are kept."""
    counted, known = measure_counts(nodes), ancestors_of(nodes)
    found: list[Sequence[Cell]] = []
    for node in nodes:
        above = {known[pk].known_level: known[pk] for pk in node.ancestor_ids}
        found.append(
            [
                node.code,
                node.source_key,
                node.name,
                node.description,
                *_places(above, levels_above(level)),
                *_person(node.owner),
                *_person(node.sponsor),
                node.planned_start,
                node.planned_end,
                counted.at(node),
                node.updated_at,
            ]
        )
    return found


MEASURES = ListSource(
    "measures", gettext_lazy("Measures"), choose_measures, measure_fields, measure_cells
)
NODES = {
    level: ListSource(
        NOUNS[level],
        TITLES[level],
        partial(choose_nodes, level=level),
        partial(node_fields, level=level),
        partial(node_cells, level=level),
    )
    for level in LEVELS
}

"""The filters of lists of measures and nodes, read from the address: what is unknown is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import Invalid
from governance.people.actor import Actor
from governance.people.selectors import live_memberships
from governance.saved_views.addresses import without_view
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import visible_nodes
from governance.web.columns import COLUMNS, asked_columns, column_faults
from governance.web.forms import LineField
from governance.web.pages import Order, chosen_order
from initiatives.choices import LIVE, AmountName, GovernabilityField, ShownOverlay, Stage
from initiatives.grouping import GroupBy
from initiatives.node_lists import DEFAULT_NODE_ORDER, NODE_ORDERS
from initiatives.pages.columns import LABELS
from initiatives.pages.directory import MOST_OPTIONS
from initiatives.selectors import CODED_FILTERS, DEFAULT_ORDER, ORDERS, MeasureFilters

Options = list[tuple[str, str]]
GROUP = "group"
PAGING = ("ordering", "cursor")


class MeasureFilterForm(forms.Form):
    """What the list is narrowed by; empty means all."""

    q = LineField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Code or words of the name")}
        ),
    )
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"),
        required=False,
        choices=[("", gettext_lazy("All stages")), *Stage.choices],
    )
    program = LineField(label=gettext_lazy("Program"), required=False, max_length=50)
    owner = LineField(label=gettext_lazy("Owner"), required=False, max_length=254)
    missing = forms.ChoiceField(
        label=gettext_lazy("Missing"),
        required=False,
        choices=[
            ("", gettext_lazy("No matter")),
            ("any", gettext_lazy("Any of the seven fields")),
            *GovernabilityField.choices,
        ],
    )
    portfolio = LineField(label=gettext_lazy("Portfolio"), required=False, max_length=50)
    project = LineField(label=gettext_lazy("Project"), required=False, max_length=50)
    measure_package = LineField(
        label=gettext_lazy("Measure package"), required=False, max_length=50
    )
    overlay = forms.ChoiceField(
        label=gettext_lazy("Overlay"),
        required=False,
        choices=[
            ("", gettext_lazy("All overlays")),
            (LIVE, gettext_lazy("Neither held nor cancelled")),
            *ShownOverlay.choices,
        ],
    )
    business_unit = LineField(label=gettext_lazy("Business unit"), required=False, max_length=50)
    function = LineField(label=gettext_lazy("Function"), required=False, max_length=50)
    legal_entity = LineField(label=gettext_lazy("Legal entity"), required=False, max_length=50)
    amount = forms.ChoiceField(
        label=gettext_lazy("Counts in"),
        required=False,
        choices=[("", gettext_lazy("No matter")), *AmountName.choices],
    )

    MORE = (
        "portfolio",
        "project",
        "measure_package",
        "overlay",
        "business_unit",
        "function",
        "legal_entity",
        "amount",
    )

    @property
    def filters(self) -> MeasureFilters:
        return MeasureFilters(**self.cleaned_data)

    def chosen(self) -> list[tuple[str, str, str]]:
        """Name, label and value of each filter that is set, in the reader's words."""
        found = []
        for name, field in self.fields.items():
            if value := self.cleaned_data[name]:
                words = dict(getattr(field.widget, "choices", ())).get(value, value)
                found.append((name, str(field.label), str(words)))
        return found

    @property
    def active(self) -> int:
        return sum(1 for value in self.cleaned_data.values() if value)

    @property
    def active_besides_words(self) -> int:
        """How many are set of those that a small screen keeps in a drawer."""
        return self.active - bool(self.cleaned_data["q"])

    @property
    def more_is_open(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.MORE)

    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]


class NodeFilterForm(forms.Form):
    """What a list of nodes is narrowed by."""

    q = LineField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Code or words of the name")}
        ),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address of the list of measures asks for; no columns: the usual ones."""

    form: MeasureFilterForm
    order: Order
    columns: tuple[str, ...]
    group: GroupBy | None = None


def parse(query: QueryDict) -> Asked:
    """What an address asks for; raises `Invalid` naming each filter it refuses."""
    form, columns = MeasureFilterForm(query), asked_columns(query)
    rest = without_view(query)
    rest.pop(COLUMNS, None)
    groups = [str(word) for word in rest.pop(GROUP, [])]
    faults: dict[str, list[Any]] = {}
    if unknown := column_faults(columns, LABELS):
        faults[COLUMNS] = unknown
    if len(groups) > 1 or not {*groups} <= {"", *GroupBy.values}:
        faults[GROUP] = [_("The list cannot be grouped by this.")]
    order = _checked(rest, form, ORDERS, DEFAULT_ORDER, faults)
    return Asked(form, order, columns, GroupBy(groups[0]) if groups and groups[0] else None)


def parse_nodes(query: QueryDict) -> tuple[NodeFilterForm, Order]:
    """The same for a list of nodes."""
    form = NodeFilterForm(query)
    return form, _checked(query, form, NODE_ORDERS, DEFAULT_NODE_ORDER)


def _checked(
    query: QueryDict,
    form: forms.Form,
    orders: Mapping[str, Order],
    default: str,
    faults: Mapping[str, list[Any]] | None = None,
) -> Order:
    known = {*form.fields, *PAGING}
    errors: dict[str, list[Any]] = dict(faults or {})
    errors |= {name: [_("There is no such filter here.")] for name in query if name not in known}
    errors |= {
        name: [_("Give this filter once.")] for name in query if len(query.getlist(name)) > 1
    }
    if not form.is_valid():
        errors |= {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    try:
        order = chosen_order(orders, query.get("ordering", ""), default)
    except KeyError:
        order = orders[default]
        errors["ordering"] = [_("The list cannot be sorted by this.")]
    if errors:
        raise Invalid(errors)
    return order


def offer_choices(form: MeasureFilterForm, by: Actor) -> None:
    """Turn places and people into selects where they are few enough; four queries at most."""
    chosen = form.cleaned_data
    people = list(live_memberships()[: MOST_OPTIONS + 1])
    select_of(form, "owner", [(p.email, p.name) for p in people], _("All owners"))
    nodes = visible_nodes(by).order_by("sort_key", "id")
    for level in (Level.PORTFOLIO, Level.PROGRAM):
        rows = list(nodes.filter(level=level)[: MOST_OPTIONS + 1])
        select_of(form, level.word, _options(rows), _("All"))
    for name in CODED_FILTERS:
        form.fields[name].widget.attrs["placeholder"] = _("Code")
    for level, parent in ((Level.PROJECT, "program"), (Level.PACKAGE, "project")):
        if chosen[parent]:
            rows = list(nodes.filter(level=level, parent__code=chosen[parent])[: MOST_OPTIONS + 1])
            select_of(form, level.word, _options(rows), _("All"))
        else:
            form.fields[level.word].widget.attrs["placeholder"] = _("Code")


def _options(nodes: Sequence[Node]) -> Options:
    return [(node.code, f"{node.name} · {node.code}") for node in nodes]


def select_of(form: forms.Form, name: str, options: Options, every: str) -> None:
    """A select of the options and of what the address asks for, be it listed or not."""
    if len(options) > MOST_OPTIONS:
        return
    chosen = form.cleaned_data[name]
    if chosen and chosen not in {value for value, _label in options}:
        options = [*options, (chosen, chosen)]
    form.fields[name].widget = forms.Select(choices=[("", every), *options])

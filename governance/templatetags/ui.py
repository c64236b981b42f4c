"""Template tags of the design system: icons, pieces with a body, fields, charts."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    ClearableFileInput,
    RadioSelect,
    Select,
)
from django.template.context import Context
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from governance.ui.charts import Chart, Row
from governance.ui.format import NOTHING
from governance.ui.parts import Heading, headings
from governance.ui.sparkline import HEIGHT, WIDTH
from governance.ui.sparkline import sparkline as place

register = template.Library()

THEMES: Final = frozenset({"light", "dark"})
_PIECES: Final[dict[str, frozenset[str]]] = {
    "page_header": frozenset({"title", "kicker", "subtitle", "breadcrumbs"}),
    "panel": frozenset({"title", "subtitle", "id", "flush", "action_label", "action_url"}),
    "data_table": frozenset(
        {"columns", "caption", "ordering", "stacked", "dense", "foot", "target", "id"}
    ),
    "filter_bar": frozenset({"action", "target", "active", "reset_url"}),
    "callout": frozenset({"tone", "title", "icon"}),
    "drawer": frozenset({"id", "label", "icon", "count", "submit_label", "at"}),
}


@register.simple_tag
def icon(name: str, *, label: str = "", size: str = "") -> SafeString:
    """Print an icon of the sprite; without a label it is silent to screen readers."""
    address = f"{static('icons.svg')}#{name}"
    css = f"icon icon-{size}" if size else "icon"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, address
        )
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', css, address
    )


@register.simple_block_tag(takes_context=True)
def page_header(context: Context, content: str, **options: Any) -> SafeString:
    """Head a page: breadcrumbs, title, and its actions as the body."""
    return _piece("page_header", context, content, options)


@register.simple_block_tag(takes_context=True)
def panel(context: Context, content: str, **options: Any) -> SafeString:
    """Frame a part of a page under a heading of its own."""
    return _piece("panel", context, content, options)


@register.simple_block_tag(takes_context=True)
def data_table(context: Context, content: str, **options: Any) -> SafeString:
    """Frame rows under headings that stay in sight and sort by links."""
    columns = list(options.get("columns") or [])
    heads = headings(columns, options.get("ordering") or "")
    return _piece("data_table", context, content, options, headings=heads)


@register.simple_block_tag(takes_context=True)
def filter_bar(context: Context, content: str, **options: Any) -> SafeString:
    """Frame the filters of a list as a form that is read back from the address."""
    return _piece("filter_bar", context, content, options)


@register.simple_block_tag(takes_context=True)
def drawer(context: Context, content: str, **options: Any) -> SafeString:
    """Keep a part of a page, such as its filters, behind a button that slides it in."""
    return _piece("drawer", context, content, options)


@register.simple_block_tag(takes_context=True)
def callout(context: Context, content: str, **options: Any) -> SafeString:
    """Set a remark apart from the text around it."""
    return _piece("callout", context, content, options)


@register.simple_tag
def field_widget(field: BoundField, *, bare: bool | str = False) -> SafeString:
    """Print a field's widget with the class its kind of control needs; bare: no placeholder."""
    own = field.field.widget.attrs
    names = [own.get("class", ""), _control_class(field), "is-invalid" if field.errors else ""]
    attrs: dict[str, str | bool] = {"class": " ".join(name for name in names if name)}
    if bare or own.get("placeholder") == field.label:
        attrs["placeholder"] = False  # it would only say the label again
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Say whether the label belongs behind the control."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def pairs(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The entries of a mapping; `.items` would look for a key of that name first."""
    return list(found.items())


@register.filter
def initials(name: str) -> str:
    """Shorten a name or an e-mail address to two letters for an avatar."""
    words = [word for word in name.partition("@")[0].replace(".", " ").split() if word]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[:2] for word in words]
    return "".join(letters).upper()


@register.filter(expects_localtime=True)
def moment(at: datetime | None) -> SafeString:
    """Print a point in time; the browser rewrites it to the reader's own time zone."""
    if at is None:
        return format_html("{}", NOTHING)
    text = f"{date_format(at, _day_format())}, {at:%H:%M}"
    return format_html(
        '<time datetime="{}" title="{} {}" data-moment>{}</time>',
        at.isoformat(timespec="seconds"),
        text,
        at.tzname() or "",
        text,
    )


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """Write a date: `12 May 2026`, in German `12.05.2026`; of a point in time the local day."""
    return NOTHING if value is None else date_format(value, _day_format())


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """Return the theme the reader chose, or nothing: then the browser's preference holds."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[Decimal | None], *, label: str, tone: str = "") -> dict[str, Any]:
    """Draw a few figures as a line within a row."""
    return {
        "line": place(values),
        "label": label,
        "tone": tone,
        "width": WIDTH,
        "height": HEIGHT,
    }


@register.simple_tag
def chart_payload(chart: Chart) -> str:
    """Return the JSON a chart is drawn from, in the reader's language, for a data attribute.

    An attribute and no script element: HTMX drops every script of a fragment it swaps in.
    """
    return json.dumps(chart.payload(get_language() or "en"))


@register.simple_tag
def chart_rows(chart: Chart) -> list[Row]:
    """Return the rows of the table behind a chart, in the reader's language."""
    return chart.rows(get_language() or "en")


@register.simple_tag
def chart_foot(chart: Chart) -> list[str]:
    """Return the sums under the table behind a chart, in the reader's language."""
    return chart.foot(get_language() or "en")


def _piece(
    name: str, context: Context, content: str, options: dict[str, Any], **extra: list[Heading]
) -> SafeString:
    """Render a piece alone: it sees its own parameters, the request and the form token, no more."""
    unknown = options.keys() - _PIECES[name]
    if unknown:
        raise template.TemplateSyntaxError(f"{name}: unknown parameter {min(unknown)}")
    kept = {key: context.get(key) for key in ("request", "csrf_token")}
    if context.template is None:
        raise template.TemplateSyntaxError(f"{name} stands outside a template")
    piece = context.template.engine.get_template(f"components/{name}.html")
    return piece.render(context.new({**kept, **options, **extra, "content": content}))


def _day_format() -> str:
    return "d.m.Y" if (get_language() or "").startswith("de") else "j M Y"


def _control_class(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    if isinstance(widget, RadioSelect):
        return "form-checks" if isinstance(widget, CheckboxSelectMultiple) else "form-radios"
    if isinstance(widget, Select):
        return "form-select"
    if isinstance(widget, ClearableFileInput):
        return "form-control form-file"
    return "form-control"

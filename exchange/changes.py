"""What a row changes, in one short sentence a field; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exchange.drafts import EFFECT_SEPARATOR
from exchange.findings import shortened
from governance.audit.labels import field_label
from governance.audit.rules import plain
from governance.ui.format import NOTHING, number
from kpis.choices import EffectKind

MOST = 6


def said_changes(changes: Mapping[str, Any], *, most: int = MOST) -> list[str]:
    """`planned end: 2026-01-31 → 2026-03-31`; months of an effect are summed up."""
    said = [_said(name, change) for name, change in changes.items()]
    rest = len(said) - most
    if rest > 0:
        said = [*said[:most], _("and %(count)s more") % {"count": rest}]
    return said


def _said(name: str, change: Any) -> str:
    if isinstance(change, Mapping):
        return _said_months(name, change)
    before, after = change
    label = field_label(name)
    return f"{label}: {_text(before)} → {_text(after)}"


def _said_months(effect: str, months: Mapping[str, Any]) -> str:
    """One month is told, more of them are counted."""
    metric, kind, name = (*effect.split(EFFECT_SEPARATOR), "", "")[:3]
    kind = str(EffectKind(kind).label) if kind in EffectKind.values else kind
    label = ", ".join(filter(None, [metric, kind, name]))
    if not months:
        return _("%(effect)s: a new effect") % {"effect": label}
    first, *others = [f"{month}: {_amount(b)} → {_amount(a)}" for month, (b, a) in months.items()]
    if not others:
        return f"{label}, {first}"
    more = _("%(first)s and %(count)s more") % {"first": first, "count": len(others)}
    return f"{label}, {more}"


def _amount(value: Any) -> str:
    language = get_language() or "en"
    return NOTHING if value is None else number(Decimal(str(value)), language)


def _text(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return shortened(str(plain(value)))

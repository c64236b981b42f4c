"""From an audit event's body to a sentence that people read (A3); pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from governance.audit.choices import AuditAction
from governance.audit.labels import SENTENCES, VIA, field_label, subject_noun, value_label
from governance.templatetags.ui import day
from governance.ui.format import NOTHING, number

PAIR = 2
MOST_NAMED = 3
SHORT = 60
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MONTH = re.compile(r"\d{4}-\d{2}")
# Only these are read as figures and dates; a name that looks like one stays as it was written.
FIGURES = frozenset({"target", "actual", "band_low", "band_high"})
AMOUNTS = FIGURES | {"cells", "amount", "confirmed_amount", "delta"}
# Several of these have months of their own, so that each month says whose it is.
OF_MONTHS = FIGURES | {"note"}
DATES = frozenset(
    {
        "planned_start",
        "planned_end",
        "due_on",
        "plan_on",
        "forecast_on",
        "actual_on",
        "reported_on",
        "valid_until",
        "expires_at",
        "expires_on",
        "starts_on",
        "ends_on",
        "answers_on",
    }
)
MONTHS = frozenset({"month", "booked_in", "run_rate_start", "closes_from"})
# These are addressed by a uuid, which nobody wants to read.
NAMED_BY_LABEL = frozenset(
    {
        "membership",
        "api_token",
        "tenant",
        "import",
        "export",
        "rates",
        "failed_task",
        "escalation",
    }
)
# The audit trail lists these; in a sentence nobody reads a uuid or a hash.
FOR_MACHINES = frozenset({"request", "snapshot_hash", "sha256"})
NAMED_BY_BOTH = frozenset(
    {"businessunit", "function", "legalentity", "forum", "metric", "objective", "kpi"}
)
ICONS = {
    "role.granted": ("user-check", "green"),
    "role.revoked": ("user", "amber"),
    "membership.created": ("user-plus", "green"),
    "membership.ended": ("ban", "amber"),
    "values.changed": ("coins", "primary"),
    "kpi_values.changed": ("target", "primary"),
    "import.applied": ("database-import", "primary"),
    "export.made": ("download", "primary"),
    "token.created": ("key", "green"),
    "document.added": ("paperclip", "green"),
    "document.renewed": ("paperclip", "primary"),
    "document.withdrawn": ("paperclip", "amber"),
    "milestone.done": ("flag", "primary"),
    "milestone.accepted": ("circle-check", "green"),
    "milestone.returned": ("arrow-back-up", "amber"),
    "task.failed": ("alert-triangle", "red"),
    "exception.opened": ("alert-triangle", "amber"),
    "exception.assigned": ("user-check", "primary"),
    "exception.asked": ("send", "primary"),
    "exception.climbed": ("stairs-up", "red"),
    "exception.decided": ("gavel", "primary"),
    "exception.verified": ("circle-check", "green"),
    "exception.eased": ("info-circle", "neutral"),
}
ICONS_BY_VERB = {
    "created": ("plus", "green"),
    "added": ("plus", "green"),
    "activated": ("circle-check", "green"),
    "deactivated": ("ban", "amber"),
    "moved": ("arrows-exchange", "primary"),
    "deleted": ("trash", "red"),
    "removed": ("minus", "amber"),
    "revoked": ("ban", "amber"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, in the reader's language; empty where there was or is nothing."""

    field: str
    label: str
    before: str
    after: str

    @property
    def said(self) -> str:
        """`planned end 31 Jan 2026 → 31 Mar 2026`, shortened where texts are long."""
        if not self.before:
            return f"{self.label} {shortened(self.after)}"
        return f"{self.label} {shortened(self.before)} → {shortened(self.after) or NOTHING}"


@dataclass(frozen=True, slots=True)
class Seal:
    """The batch of the chain that an event stands in, and that batch's hash."""

    batch: int
    hash: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One event as history shows it; has what `components/timeline.html` asks for."""

    id: str
    at: datetime
    sentence: str
    who: str
    who_email: str
    via: str
    action: str
    subject_type: str
    subject_key: str
    subject_label: str
    changes: tuple[Change, ...]
    reason: str
    request_id: str
    seal: Seal | None = None

    @property
    def noun(self) -> str:
        return subject_noun(self.subject_type)

    @property
    def detail(self) -> str:
        """The reason that was given."""
        return _("Reason: %(reason)s") % {"reason": self.reason} if self.reason else ""

    @property
    def icon(self) -> str:
        return self._mark[0]

    @property
    def tone(self) -> str:
        return self._mark[1]

    @property
    def _mark(self) -> tuple[str, str]:
        verb = self.action.partition(".")[2]
        return ICONS.get(self.action) or ICONS_BY_VERB.get(verb) or ("pencil", "neutral")


def shortened(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def read_event(body: Mapping[str, Any], seal: Seal | None = None) -> Sentence:
    """The sentence of one event, in the active language; whatever a body holds, it never fails."""
    subject, actor = _mapping(body, "subject"), _mapping(body, "actor")
    action = str(body.get("action", ""))
    changes = tuple(_changes(_mapping(body, "changes")))
    person = str(actor.get("name") or actor.get("email") or "")
    if other := str(body.get("on_behalf_of") or ""):
        person = _("%(actor)s on behalf of %(other)s") % {"actor": person, "other": other}
    subject_type, key = str(subject.get("type", "")), str(subject.get("key", ""))
    label = str(subject.get("label") or key)
    facts = {
        "actor": person,
        "noun": subject_noun(subject_type),
        "subject": subject_name(subject_type, key, label),
    }
    return Sentence(
        id=str(body.get("id", "")),
        at=_instant(body.get("at")),
        sentence=_sentence(action, facts, changes),
        who=person,
        who_email=str(actor.get("email") or ""),
        via=str(VIA.get(str(actor.get("via")), "")),
        action=action,
        subject_type=subject_type,
        subject_key=key,
        subject_label=label,
        changes=changes,
        reason=str(body.get("reason") or ""),
        request_id=str(body.get("request_id") or ""),
        seal=seal,
    )


def subject_name(subject_type: str, key: str, label: str) -> str:
    """How a sentence calls its subject: a code, a name, or both."""
    if subject_type in NAMED_BY_LABEL:
        return label
    if subject_type == "period":
        return _month(key)
    return f"{key} {label}" if subject_type in NAMED_BY_BOTH and label != key else key


def _sentence(action: str, facts: Mapping[str, str], changes: tuple[Change, ...]) -> str:
    known = {change.field: change.after or change.before for change in changes}
    template = str(SENTENCES.get(action, ""))
    named = set(PLACEHOLDER.findall(template))
    if not template or not named <= facts.keys() | known.keys():
        template, named = _("%(actor)s %(did)s: %(noun)s %(subject)s"), set()
    head = template % {**known, **facts, "did": _did(action)}
    rest = [change for change in changes if change.field not in named | FOR_MACHINES]
    if action.endswith(".created") or not rest:
        return head
    return f"{head}: {_summary(rest)}"


def _did(action: str) -> str:
    return str(AuditAction(action).label) if action in AuditAction.values else action


def _summary(changes: list[Change]) -> str:
    """The first few changes; the rest is counted."""
    said = ", ".join(change.said for change in changes[:MOST_NAMED])
    more = len(changes) - MOST_NAMED
    if more <= 0:
        return said
    tail = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
    return f"{said} {tail}"


def _changes(changes: Mapping[str, Any]) -> Iterator[Change]:
    for field, value in changes.items():
        if isinstance(value, Mapping):
            for inner, pair in value.items():
                yield _change(str(field), _inner_label(str(field), str(inner)), pair)
        else:
            yield _change(str(field), field_label(str(field)), value)


def _inner_label(field: str, inner: str) -> str:
    """`Jan 2026` for the one field of months, `target Jan 2026` where several have them."""
    return f"{field_label(field)} {_month(inner)}" if field in OF_MONTHS else _month(inner)


def _change(field: str, label: str, value: Any) -> Change:
    """[before, after] as two texts; a single value says what the other changes are about."""
    is_pair = isinstance(value, list | tuple) and len(value) == PAIR
    before, after = value if is_pair else (None, value)
    return Change(field, label, _text(field, before), _text(field, after))


def _text(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(_text(field, item) for item in value)
    return _spelled(field, str(value))


def _spelled(field: str, text: str) -> str:
    """An amount, a month or a day in the reader's spelling; a word by its label."""
    if field in AMOUNTS:
        return _amount(text)
    if field in MONTHS:
        return _month(text)
    return _day(text) if field in DATES else value_label(field, text)


def _day(text: str) -> str:
    try:
        return day(datetime.fromisoformat(text).date())
    except ValueError:
        return text


def _month(text: str) -> str:
    try:
        return date_format(date.fromisoformat(f"{text}-01"), "M Y") if MONTH.match(text) else text
    except ValueError:
        return text


def _amount(text: str) -> str:
    try:
        return number(Decimal(text), get_language() or "en")
    except InvalidOperation:
        return text


def _mapping(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = body.get(field)
    return value if isinstance(value, Mapping) else {}


def _instant(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.fromtimestamp(0, tz=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)

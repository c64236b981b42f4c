"""Exceptions in words, in the reader's language: what happened, and how its clock stands."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from approvals.clock import Clock
from approvals.exceptions.choices import ExceptionSource
from approvals.exceptions.models import GovernanceException
from governance.templatetags.ui import day

HEADLINES: dict[str, StrOrPromise] = {
    ExceptionSource.UNMET_CONDITION: gettext_lazy("A condition was not met in time"),
    ExceptionSource.LAPSED_CLOCK: gettext_lazy("A decision stays unanswered after its escalation"),
    ExceptionSource.HOLD_REVIEW: gettext_lazy("A hold is past its review date"),
    ExceptionSource.SUSTAIN_SHORTFALL: gettext_lazy("What was confirmed is not sustained"),
}


def headline(source: str, title: str = "") -> str:
    """What an exception is called: as it was opened by hand, else by what opened it."""
    return title or str(HEADLINES.get(source, ""))


def what_happened(row: GovernanceException) -> str:
    """The facts of the cause as a sentence; as it was described where it was opened by hand."""
    tell = _TELLERS.get(row.source)
    return tell(row.details) if tell else row.description


def _day(details: Mapping[str, Any], name: str) -> str:
    try:
        return day(date.fromisoformat(str(details.get(name, ""))))
    except ValueError:
        return day(None)


def _condition(details: Mapping[str, Any]) -> str:
    said = {"condition": details.get("condition", ""), "day": _day(details, "due_on")}
    return (
        _(
            "The condition «%(condition)s» was due on %(day)s and nobody accepted it as met. The "
            "measure was put on hold (T6)."
        )
        % said
    )


def _silence(details: Mapping[str, Any]) -> str:
    return _(
        "The request %(transition)s was escalated, and its clock has run out a second time without "
        "an answer. Silence approves nothing (T17)."
    ) % {"transition": details.get("transition", "")}


def _hold(details: Mapping[str, Any]) -> str:
    return _(
        "The hold was to be looked at again by %(day)s at the latest. Resume the measure, hold it "
        "anew or cancel it (T9)."
    ) % {"day": _day(details, "review_on")}


def _shortfall(details: Mapping[str, Any]) -> str:
    count = details.get("effects", 1)
    return ngettext(
        "%(count)s effect stays behind what was confirmed, in the months from %(month)s on (V2).",
        "%(count)s effects stay behind what was confirmed, in the months from %(month)s on (V2).",
        count,
    ) % {"count": count, "month": details.get("first_month", "")}


_TELLERS = {
    ExceptionSource.UNMET_CONDITION.value: _condition,
    ExceptionSource.LAPSED_CLOCK.value: _silence,
    ExceptionSource.HOLD_REVIEW.value: _hold,
    ExceptionSource.SUSTAIN_SHORTFALL.value: _shortfall,
}


def clock_words(row: GovernanceException, now: datetime, clock: Clock) -> str:
    """How the clock of an exception stands: `3 business days left`."""
    if row.known_state.is_ended:
        return _("ended")
    if not row.known_state.is_unanswered:
        return _("answered, to be verified")
    left = clock.days_left(row.due_at, now)
    return _overdue_words(-left) if row.due_at < now else _left_words(left)


def _overdue_words(days: int) -> str:
    if days == 0:
        return _("overdue")
    said = ngettext("overdue by %(days)s business day", "overdue by %(days)s business days", days)
    return said % {"days": days}


def _left_words(days: int) -> str:
    if days == 0:
        return _("due today")
    said = ngettext("%(days)s business day left", "%(days)s business days left", days)
    return said % {"days": days}

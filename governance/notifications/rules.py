"""When a mail goes, waits or is given up: quiet hours, the day's mail, and tries; pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from governance.calendars.rules import BusinessCalendar, is_business_day, local_day
from governance.notifications.choices import Delivery

ONE_DAY: Final = timedelta(days=1)
HOURS_IN_DAY: Final = 24
# What holds for people who chose nothing: nobody is woken, and the day's mail is there early.
QUIET_FROM, QUIET_UNTIL, DIGEST_HOUR = time(20), time(7), 7
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
# Longer than a mail takes: every step of the talk with a server may take ten seconds. A worker
# that has not come back by then is gone.
LEASE: Final = timedelta(minutes=5)
# Long enough to look into what somebody did not get.
TEXTS_KEPT: Final = timedelta(days=30)


class Fault(Enum):
    """Why a try to send failed."""

    AWAY = "away"  # the server or the way to it
    REFUSED = "refused"  # the server wants this mail never
    BROKEN = "broken"  # the mail cannot be written
    LOST = "lost"  # the worker ended in the middle of it


# A server may be away over a weekend: the waits of these tries add up to two or three days.
MOST_TRIES: Final = {Fault.AWAY: 78, Fault.REFUSED: 1, Fault.BROKEN: 3, Fault.LOST: 5}


@dataclass(frozen=True, slots=True)
class Hours:
    """When a person wants mails, in the tenant's time zone; without quiet hours both are None."""

    quiet_from: time | None = QUIET_FROM
    quiet_until: time | None = QUIET_UNTIL
    digest_hour: int = DIGEST_HOUR


def wait_until_next(tries: int, luck: float) -> timedelta:
    """How long to wait after so many failed tries: twice as long each time, up to an hour.

    `luck` from 0 to 1 spreads mails that failed together over the second half of the wait.
    """
    full = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 20)))
    return full * (0.5 + luck / 2)


def is_given_up(fault: Fault, tries: int) -> bool:
    """Whether that was the last try, counted since somebody last asked for another round."""
    return tries >= MOST_TRIES[fault]


def quiet_until(moment: datetime, hours: Hours, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end in which `moment` lies, in UTC; None where it lies in none.

    They may go over midnight. Where the clocks change in between they last as long as either
    reading says: too quiet rather than awake.
    """
    begin, end = hours.quiet_from, hours.quiet_until
    if begin is None or end is None or begin == end:
        return None
    today = local_day(moment, zone)
    for day in (today - ONE_DAY, today):
        last = day if begin < end else day + ONE_DAY
        starts, ends = min(_readings(day, begin, zone)), max(_readings(last, end, zone))
        if starts <= moment < ends:
            return ends
    return None


def _readings(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """The instants that a time of day can mean, in UTC: two in nights in which clocks change."""
    local = datetime.combine(day, at, tzinfo=zone)
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def digest_day(moment: datetime, calendar: BusinessCalendar, zone: ZoneInfo) -> date | None:
    """The day whose mail may go now; None on a day on which nobody works."""
    day = local_day(moment, zone)
    return day if is_business_day(day, calendar) else None


def is_digest_time(moment: datetime, hours: Hours, zone: ZoneInfo) -> bool:
    """Whether the person's hour of the day has come."""
    return moment.astimezone(zone).hour >= hours.digest_hour


def delivery_of(chosen: str | None, default: Delivery, offered: Collection[Delivery]) -> Delivery:
    """How a notice goes: as chosen, unless its kind does not offer that any more."""
    return Delivery(chosen) if chosen in offered and chosen is not None else default

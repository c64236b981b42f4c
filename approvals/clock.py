"""When an answer is due: business days of the tenant's calendar."""

from datetime import datetime, timedelta

FRIDAY = 4


def due_after(days: int, start: datetime) -> datetime:
    """The end of the n-th business day after `start`."""
    moment = start
    while days > 0:
        moment += timedelta(days=1)
        days -= moment.weekday() <= FRIDAY
    return moment.replace(hour=23, minute=59, second=59, microsecond=0)


def business_days_until(due: datetime, now: datetime) -> int:
    """How many business days lie between now and a due time; 0 on the day itself and after."""
    days, moment = 0, now
    while moment.date() < due.date():
        moment += timedelta(days=1)
        days += moment.weekday() <= FRIDAY
    return days

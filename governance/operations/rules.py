"""When something that waits has waited too long."""

from datetime import datetime, timedelta

# Both are drained every second; a minute means that nobody does it.
PATIENCE = timedelta(minutes=1)


def is_late(oldest_at: datetime | None, now: datetime) -> bool:
    """Whether the oldest of what waits should have been gone by now."""
    return oldest_at is not None and now - oldest_at > PATIENCE

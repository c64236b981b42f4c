"""Telling a worker's hands that it is to stop, for tasks that would go on for a while."""

import mmap

# One byte of memory that a worker shares with the hands it forks: Celery tells the hands nothing.
_wish = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """Let every hand of this worker know; nothing takes it back."""
    _wish[0] = 1


def is_stopping() -> bool:
    """Whether the worker of this process was asked to stop; costs nothing."""
    return _wish[0] != 0

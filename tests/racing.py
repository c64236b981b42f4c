"""Real threads against the real database: everybody starts at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

PATIENCE = 60


def race(*runners: Callable[[], Any]) -> list[Any]:
    """Run all at once, each in a thread with its own connection.

    Returns what each returned, or the exception it ended with, in their order.
    """
    results: list[Any] = [TimeoutError("a runner never came back")] * len(runners)
    start = threading.Barrier(len(runners))

    def run(place: int, runner: Callable[[], Any]) -> None:
        try:
            start.wait(PATIENCE)
            results[place] = runner()
        except Exception as error:  # noqa: BLE001  # the caller looks at every outcome
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


def errors_in(results: Sequence[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]

"""In which order the markers of all tenants are drained, and what becomes of one that fails."""

import logging
import time
from collections.abc import Callable

from governance.events.services import tenants_with_work
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from reporting.rollups.services import drain

log = logging.getLogger(__name__)

# How long a worker waits before it looks again. A look is two short statements.
IDLE_SECONDS = 0.1
# A tenant computed anew gets on by a batch at least this often, however much people change.
WHOLE_SECONDS = 1.0
# A tenant that failed is left alone for as long.
REST_SECONDS = 5.0


class Rounds:
    """The rounds of one worker over all tenants; others may go their own beside it.

    What people changed goes first, one batch of each tenant in turn. Of tenants that are computed
    anew one gets one batch at a time: neither a large one nor a hundred of them hold up what
    somebody has just saved. One that fails holds up nobody.
    """

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self._resting: dict[int, float] = {}
        self._last_whole, self._whole_at = 0, 0.0

    def once(self) -> int:
        """One round; how many markers were computed, 0 where nothing waits that is ours."""
        done = sum(self._batch(pk) for pk in self._awake(tenants_with_work("roll_ups_changed")))
        if not done or time.monotonic() - self._whole_at > WHOLE_SECONDS:
            done += self._of_a_whole()
        return done

    def until(self, seconds: float, is_over: Callable[[], bool]) -> int:
        """Go on for so many seconds, or until it is over; how many markers were computed."""
        end, done = time.monotonic() + seconds, 0
        while time.monotonic() < end and not is_over():
            found = self.once()
            done += found
            if not found:
                time.sleep(IDLE_SECONDS)
        return done

    def _of_a_whole(self) -> int:
        """A batch of the next tenant that is computed anew."""
        waiting = self._awake(tenants_with_work("roll_ups_whole"))
        if not waiting:
            return 0
        chosen = next((pk for pk in waiting if pk > self._last_whole), waiting[0])
        done = self._batch(chosen, is_whole=True)
        self._last_whole, self._whole_at = chosen, time.monotonic()
        return done

    def _awake(self, tenants: list[int]) -> list[int]:
        now = time.monotonic()
        return [pk for pk in tenants if self._resting.get(pk, now) <= now]

    def _batch(self, tenant_id: int, *, is_whole: bool = False) -> int:
        """One batch in a transaction of its own; what goes wrong is kept for the end."""
        try:
            with tenant_transaction(tenant_id):
                tenant = Tenant.objects.get(pk=tenant_id)
                return max(drain(tenant, is_whole_first=is_whole), 0)
        except Exception as error:
            log.exception("the roll-ups of tenant %s could not be computed", tenant_id)
            self.errors.append(error)
            self._resting[tenant_id] = time.monotonic() + REST_SECONDS
            return 0

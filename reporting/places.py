"""Which measures a query is about: those below some paths, or these alone, and by which rates."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.tenancy.models import Tenant
from kpis.figures.facts import Clock
from reporting.conversion import Conversion
from reporting.facts import Only


@dataclass(frozen=True, slots=True)
class Place:
    """Some paths of a tenant at a moment, by which rates, for the queries about them.

    With `ids` of measures the place is these measures, wherever they are.
    """

    paths: Sequence[str]
    tenant: Tenant
    clock: Clock
    rates: Conversion
    ids: Only = None

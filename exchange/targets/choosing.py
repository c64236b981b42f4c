"""Which target compares the rows of an import."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from exchange.models import Import
from exchange.profiles.base import MONTHS, Profile, Target
from exchange.targets.judging import Judged
from exchange.targets.kpis import KpiTarget
from exchange.targets.master_data import MasterTarget
from exchange.targets.measures import MeasureTarget
from exchange.targets.names import Names
from exchange.targets.places import Places
from governance.people.actor import Actor
from governance.tenancy.models import Tenant


class Judge(Protocol):
    """Compares rows with the tenant."""

    def judge(self, rows: Sequence[Judged], *, in_file: Mapping[str, str]) -> list[Judged]: ...


def target_of(profile: Profile, run: Import, by: Actor) -> Judge:
    """A fresh target: it keeps what it looked up, so it serves one transaction."""
    if profile.target is Target.KPIS:
        return KpiTarget(by)
    if profile.target is Target.MASTER_DATA:
        return MasterTarget(by)
    return measure_target(run, by)


def measure_target(run: Import, by: Actor) -> MeasureTarget:
    tenant = Tenant.objects.get(pk=run.tenant_id)
    names = [str(column["name"]) for column in run.columns]
    headings = {
        field: names[int(index)]
        for index, field in run.mapping.items()
        if field != MONTHS and int(index) < len(names)
    }
    return MeasureTarget(by, Names(tenant.headline_metric), Places(by), headings, tenant.currency)

"""Which profile stands behind which code."""

from exchange.choices import ProfileCode
from exchange.profiles.base import Profile
from exchange.profiles.cost_savings import CostSavings
from exchange.profiles.kpis import KpiPeriods
from exchange.profiles.master_data import MasterDataList
from exchange.profiles.measures import MeasureList
from exchange.profiles.outline import Outline
from exchange.profiles.reports import StatusReports
from exchange.profiles.status import YearlyStatus
from exchange.profiles.values import ValuesByMonth

PROFILES: dict[ProfileCode, type[Profile]] = {
    profile.code: profile
    for profile in (
        MeasureList,
        ValuesByMonth,
        YearlyStatus,
        Outline,
        StatusReports,
        KpiPeriods,
        MasterDataList,
        CostSavings,
    )
}


def profile_of(code: str) -> Profile:
    """A fresh profile: one reads one file, and some remember rows they have seen."""
    return PROFILES[ProfileCode(code)]()

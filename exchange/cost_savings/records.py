"""What a cost-savings file says, record by record, in plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class AmountType(StrEnum):
    """Words of the file for how hard an amount is."""

    SAVINGS = "Cost-Savings"
    AVOIDANCE = "Cost-Avoidance"
    BOTH = "Both"


class Basis(StrEnum):
    """Whether an amount has its own cost taken off."""

    NET = "Net"
    GROSS = "Gross"


@dataclass(frozen=True, slots=True)
class YearAmount:
    """One fiscal year of a record, in $ million as written."""

    millions: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Record:
    """One strategy. A year that the file does not state is absent, which is not zero."""

    number: int
    source_id: str
    title: str
    decided_on: date
    initiative: str
    amount_type: AmountType
    investments: tuple[str, ...]
    prose: str
    years: Mapping[int, YearAmount]
    unknown_fields: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How reports name the record: by its place in the file, and its id where it has one."""
        return place(self.number, self.source_id)

    @property
    def years_with_money(self) -> frozenset[int]:
        return frozenset(year for year, amount in self.years.items() if amount.millions)


def place(number: int, source_id: str) -> str:
    """`record 3 (strategyId 8)`, or `record 51` where there is no id."""
    return f"record {number} (strategyId {source_id})" if source_id else f"record {number}"

"""Small cost-savings files, and where the real one lies."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from exchange.cost_savings.reader import records_of
from exchange.cost_savings.records import Record

REAL_FILE = settings.BASE_DIR.parent / "shared/data/us-ed-it-cost-savings/costsavings.json"
needs_real_file = pytest.mark.skipif(
    not REAL_FILE.exists(), reason="../shared/data/us-ed-it-cost-savings is not on this machine"
)


def item(**changes: Any) -> dict[str, Any]:
    """A record as a file spells it; a value of None leaves the field out."""
    plain = {
        "strategyId": 7,
        "strategyTitle": "Retire the old mainframe",
        "decisionDate": "10/01/2016",
        "ombInitiative": "Commodity IT",
        "useOfSavingsAvoidance": "Paid for the new system.",
        "amountType": "Cost-Savings",
        "relatedUIIs": ["018-000001020"],
        "fy2017": {"amount": 1.5, "netOrGross": "Net"},
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def year(amount: Any, basis: str = "Net") -> dict[str, Any]:
    return {"amount": amount, "netOrGross": basis}


def spelled(*items: Any) -> bytes:
    """A whole file."""
    return json.dumps({"strategies": list(items)}).encode()


def records(*items: dict[str, Any]) -> list[Record]:
    """Records as the reader gives them, numbers read exactly."""
    return records_of(decimals(list(items)), name="sample")


def decimals(value: Any) -> Any:
    """The same values with numbers as the reader sees them."""
    return json.loads(json.dumps(value), parse_float=Decimal, parse_int=Decimal)


def written(folder: Path, *items: Any) -> Path:
    """A file of these records."""
    path = folder / "savings.json"
    path.write_bytes(spelled(*items))
    return path

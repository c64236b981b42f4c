"""Reading the demo's files: who is in it, and the facts of the education portfolio."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.cost_savings.reader import records_of
from exchange.cost_savings.records import Basis, Record
from governance.people.choices import Role
from governance.text import sort_key

CONSULTANT = "consultant"
ACCOUNT_ROLES: dict[str, Role] = {
    "executive": Role.EXECUTIVE,
    "sponsor": Role.SPONSOR,
    "owner": Role.OWNER,
    "controller": Role.CONTROLLER,
    "pmo": Role.PMO,
    "member": Role.FORUM_MEMBER,
    "admin": Role.ADMINISTRATOR,
    "auditor": Role.AUDITOR,
}
CONSULTANT_EMAIL = "consultant@firm.example"
TITLES = re.compile(r"\b(?:Prof|Dr)\. ")
GROSS_MARK = "g"


@dataclass(frozen=True, slots=True)
class People:
    """The invented people of one demo tenant: log-ins by name of the role, others by role."""

    accounts: Mapping[str, str]
    members: Mapping[Role, tuple[str, ...]]
    consultant: str
    firm: str


def read_people(folder: Path, slug: str) -> People:
    document = json.loads((folder / "people.json").read_text(encoding="utf-8"))
    tenant = document[slug]
    return People(
        accounts={account: tenant["accounts"][account] for account in ACCOUNT_ROLES},
        members={Role(role): tuple(names) for role, names in tenant["members"].items()},
        consultant=document[CONSULTANT]["name"],
        firm=document[CONSULTANT]["firm"],
    )


def account_email(account: str, slug: str) -> str:
    """`owner@nordwerk.example`."""
    return f"{account}@{slug}.example"


def member_email(name: str, slug: str) -> str:
    """`sabine.grosser@nordwerk.example`, from the name without titles and accents."""
    words = re.findall(r"[a-z]+", sort_key(TITLES.sub("", name)))
    return f"{'.'.join(words)}@{slug}.example"


def read_education(folder: Path) -> list[Record]:
    """The facts of the cost-savings file, through the same checks as an imported file."""
    name = "education.csv"
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return records_of([_strategy(row) for row in rows], name=name)


def _strategy(row: Mapping[str, str]) -> dict[str, Any]:
    """One line as the file of the source spells it."""
    day = date.fromisoformat(row["decided_on"])
    item: dict[str, Any] = {
        "strategyTitle": row["title"],
        "decisionDate": f"{day:%m/%d/%Y}",
        "ombInitiative": row["initiative"],
        "amountType": row["amount_type"],
        **dict(_years(row)),
    }
    if row["id"]:
        item["strategyId"] = Decimal(row["id"])
    if row["investments"]:
        item["relatedUIIs"] = row["investments"].split()
    return item


def _years(row: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for column, cell in row.items():
        if column.startswith("FY") and cell:
            basis = Basis.GROSS if cell.endswith(GROSS_MARK) else Basis.NET
            amount = Decimal(cell.removesuffix(GROSS_MARK))
            yield column.lower(), {"amount": amount, "netOrGross": basis.value}

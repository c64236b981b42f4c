"""What an outlined measure says about itself, in the sentences of its tenant's language; pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from exchange.demo.outline import MeasureLine
from exchange.demo.plans import Schedule, schedule_of


def description_of(line: MeasureLine, texts: Mapping[str, str], home_currency: str) -> str:
    """One sentence for each amount, in the order of the outline."""
    currency = line.currency or home_currency
    return " ".join(_sentences(line, schedule_of(line), texts, currency))


def _sentences(
    line: MeasureLine, when: Schedule, texts: Mapping[str, str], currency: str
) -> Iterator[str]:
    start = when.value_start
    month = f"{start.number:02d}/{start.year}"
    if line.amount:
        values = {"amount": spelled(abs(line.amount)), "currency": currency, "month": month}
        yield texts[_value_key(line, when)].format(**values, ramp=when.ramp)
    if line.is_avoidance:
        yield texts["avoid"]
    for name, amount in line.numbers.items():
        key = f"{name}_less" if amount < 0 else name
        yield texts[key].format(amount=spelled(abs(amount)), currency=currency)


def _value_key(line: MeasureLine, when: Schedule) -> str:
    if line.is_once:
        return "once_less" if line.amount < 0 else "once"
    return "year" if when.ramp > 1 else "year_at_once"


def spelled(amount: Decimal) -> str:
    """`1.450` and `2,5`, as German writes numbers."""
    return f"{amount:,f}".translate(str.maketrans(",.", ".,"))

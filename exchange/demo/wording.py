"""What an outlined measure says about itself, in the sentences of its tenant's language; pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from exchange.demo.outline import MeasureLine
from exchange.demo.plans import Schedule, choice, schedule_of


def description_of(
    line: MeasureLine,
    texts: Mapping[str, str],
    home_currency: str,
    when: Schedule | None = None,
) -> str:
    """One sentence for each amount in the outline's order; `when` in place of its own time."""
    currency = line.currency or home_currency
    return " ".join(_sentences(line, when or schedule_of(line), texts, currency))


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


def said(phrases: Mapping[str, Sequence[str]], name: str, title: str, **values: str) -> str:
    """One of the phrases of this name, always the same for the same measure."""
    return choice(phrases[name], title, name).format(title=title, **values)


def milestones_said(phrases: Mapping[str, Sequence[str]], title: str, count: int) -> list[str]:
    """So many titles of milestones; the last one is the critical one."""
    steps = phrases["milestones"]
    kept = [*steps[: count - 1], steps[-1]]
    return [step.format(title=title) for step in kept]

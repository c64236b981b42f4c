"""The federal cost-savings file as an import of the studio: its own reader, the common road."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.cost_savings import rules
from exchange.cost_savings.findings import find_dirt
from exchange.cost_savings.records import Record
from exchange.drafts import EffectDraftData, MeasureRow, PlaceDraft
from exchange.findings import Finding, warning
from exchange.profiles.base import Option, Profile, Settings
from exchange.profiles.measures import spelled
from exchange.profiles.source import SourceRow
from governance.text import one_line
from governance.tree.choices import Level

DECIMALS = 4


class CostSavings(Profile):
    """Records of the JSON file; keys are those of `import_cost_savings`, so both know the same."""

    code = ProfileCode.COST_SAVINGS
    summary = _("costsavings.json of a US federal agency: IT savings by fiscal year.")
    options = (Option("portfolio", _("Portfolio"), default=rules.DEFAULT_PORTFOLIO),)
    is_fixed = True

    def draft(self, source: SourceRow, settings: Settings) -> MeasureRow | None:
        raise NotImplementedError("records are read by `drafts_of`")


def drafts_of(
    records: Sequence[Record], portfolio: str
) -> Iterator[tuple[int, MeasureRow, list[Finding]]]:
    """Each record's number, draft and remarks."""
    remarks: dict[str, list[Finding]] = {}
    for found in find_dirt(records):
        for where in found.where.split(", "):
            remark = warning("prose", found.field, text=f"{found.kind.label}: {found.text}")
            remarks.setdefault(where, []).append(remark)
    keys = rules.record_keys(records)
    for record in records:
        steps = [
            [Level.PORTFOLIO.word, portfolio, rules.node_key(portfolio)],
            [Level.PROGRAM.word, record.initiative, rules.node_key(record.initiative)],
            [Level.PROJECT.word, *_project(record)],
        ]
        key = keys[record.number]
        effect = EffectDraftData(
            metric=rules.METRIC_CODE,
            kind=rules.KIND.value,
            effect_class=rules.CLASSES[record.amount_type].value,
            currency=rules.CURRENCY,
            cells=spelled(rules.plan_cells(record, DECIMALS)),
        )
        fields = {"name": one_line(record.title), "description": rules.description(record)}
        draft = MeasureRow(
            key=key, source_key=key, place=PlaceDraft("", steps), fields=fields, effects=[effect]
        )
        yield record.number, draft, remarks.get(record.label, [])


def _project(record: Record) -> tuple[str, str]:
    name = rules.project_name(record)
    return name, rules.node_key(name)

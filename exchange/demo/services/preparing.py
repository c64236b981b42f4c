"""What the people of a measure bring before a gate: reference, milestones, evidence, actuals."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from exchange.demo.fates import milestone_days
from exchange.demo.papers import pdf_of
from exchange.demo.plans import choice
from exchange.demo.services.scene import Climb, Held
from exchange.demo.wording import milestones_said
from initiatives.documents.choices import DocumentKind
from initiatives.documents.services import DocumentDraft, Upload, document_add
from initiatives.gates.attesting import criterion_attest
from initiatives.milestones.models import Milestone
from initiatives.milestones.services import (
    MilestoneDraft,
    milestone_accept,
    milestone_add,
    milestone_done,
)
from kpis.actuals.choices import Outcome
from kpis.actuals.services.claims import claims_write
from kpis.actuals.services.reference import reference_write
from kpis.actuals.services.validations import Verdict, claim_validate
from kpis.models import Effect
from kpis.periods.selectors import closing_of
from kpis.rules import Month

WEIGHTS = {2: (40, 60), 3: (20, 30, 50), 4: (10, 20, 30, 40)}
# What came in per cent of what was planned, and how it was before in parts of a month's value.
DELIVERED, BEFORE = (97, 98, 99, 100, 101, 102), (4, 5, 6, 8)
CLOSING_MONTHS, REFERENCE_MONTHS = 3, 3
HUNDRED = Decimal(100)


def reference_recorded(run: Climb) -> None:
    """The owner says of each value how it was in the months before the work began."""
    first = run.climber.when.start
    for held in run.climber.values:
        most = max(held.line.cells.values(), key=abs)
        before = abs(most) * choice(BEFORE, run.climber.title, held.line.metric)
        months = [first.plus(-back) for back in range(REFERENCE_MONTHS, 0, -1)]
        held.effect = reference_write(
            effect=held.effect,
            cells={str(month): before for month in months},
            seen_version=held.effect.version,
            by=run.owner,
        )


def milestones_planned(run: Climb) -> None:
    """Two to four, the last one critical; whoever takes the result over accepts them."""
    climber = run.climber
    is_over = climber.fate.has_value
    count = choice((2, 2, 3) if is_over else (2, 3, 4), climber.title, "milestones")
    titles = milestones_said(run.scene.phrases, climber.title, count)
    days = milestone_days(climber.when, count, run.scene.today, are_over=is_over)
    for index, (title, day, weight) in enumerate(zip(titles, days, WEIGHTS[count], strict=True)):
        draft = MilestoneDraft(
            title=title,
            weight=weight,
            is_critical=index == count - 1,
            plan_on=day,
            acceptor=climber.parts.receiver,
        )
        run.milestones.append(milestone_add(measure=climber.measure, draft=draft, by=run.owner))


def counted_once(run: Climb) -> None:
    """The controller vouches that the value stands nowhere else."""
    criterion_attest(
        measure=run.climber.measure,
        name="counted_once",
        note=run.said("attest"),
        by=run.controller,
    )


def milestones_reached(run: Climb) -> None:
    """The owner says that each is done, a critical one with evidence; the receiver accepts."""
    for milestone in run.milestones:
        if milestone.is_critical:
            _evidence(run, milestone)
        late = timedelta(days=choice(range(8), run.climber.title, milestone.title))
        day = min((milestone.plan_on or run.scene.today) + late, run.scene.today)
        done = milestone_done(
            milestone=milestone, seen_version=milestone.version, actual_on=day, by=run.owner
        )
        milestone_accept(milestone=done, seen_version=done.version, by=run.receiver)


def _evidence(run: Climb, milestone: Milestone) -> None:
    text = run.said("evidence", milestone=milestone.title)
    draft = DocumentDraft(run.said("evidence_title"), DocumentKind.MILESTONE, milestone)
    upload = Upload("abnahmeprotokoll.txt", [text.encode()])
    document_add(measure=run.climber.measure, draft=draft, upload=upload, by=run.owner)


def ledger_filed(run: Climb) -> None:
    """The owner brings what the books say."""
    lines = run.said("ledger").split("|")
    draft = DocumentDraft(run.said("ledger_title"), DocumentKind.LEDGER)
    upload = Upload("kontoauszug.pdf", [pdf_of(lines)])
    document_add(measure=run.climber.measure, draft=draft, upload=upload, by=run.owner)


def claimed_months(run: Climb, held: Held, *, count: int) -> dict[Month, Decimal]:
    """The latest closed months of an effect with what they brought; a one-off's all."""
    latest = closing_of().last_closed(run.scene.today)
    months = [month for month in sorted(held.line.cells) if month <= latest]
    # A balance and a one-off come as planned; what is measured month by month varies.
    kept = months[-count:] if held.line.kind.value == "recurring" else months
    places = Decimal(1).scaleb(-min(1, held.effect.metric.decimals))
    return {
        month: (held.line.cells[month] * _share(run, month) / HUNDRED).quantize(
            places, ROUND_HALF_UP
        )
        for month in kept
    }


def _share(run: Climb, month: Month) -> int:
    return choice(DELIVERED, run.climber.title, str(month))


def months_claimed(run: Climb, *, count: int = CLOSING_MONTHS) -> Mapping[int, list[Month]]:
    """The owner claims the latest months of each value, by the place of the effect."""
    claimed: dict[int, list[Month]] = {}
    frozen = Effect.objects.in_bulk([held.effect.pk for held in run.climber.values])
    for index, held in enumerate(run.climber.values):
        cells = claimed_months(run, held, count=count)
        held.effect = claims_write(
            effect=held.effect,
            cells={str(month): amount for month, amount in cells.items()},
            # Passing T3 froze the plan, and with it came the effect's next version.
            seen_version=frozen[held.effect.pk].version,
            by=run.owner,
        )
        claimed[index] = list(cells)
    return claimed


def months_validated(run: Climb, claimed: Mapping[int, list[Month]], *, leaving: int = 0) -> None:
    """The controller accepts what was claimed, but for the last months left waiting."""
    for index, held in enumerate(run.climber.values):
        months = claimed[index]
        for month in months[: len(months) - leaving]:
            verdict = Verdict(month=str(month), outcome=Outcome.VALIDATED)
            claim_validate(effect=held.effect, verdict=verdict, by=run.controller)

"""Writing the reference: how it was before, until the method is frozen (V2, V5)."""

from collections.abc import Mapping

from django.db import transaction

from governance.errors import Conflict
from governance.people.actor import Actor
from initiatives.choices import Stage
from initiatives.gates.editing import measure_edited, measure_for_edit
from initiatives.rules import method_is_frozen
from kpis.choices import Series, Source
from kpis.models import Effect
from kpis.services import effect_locked, require_plan
from kpis.services_months import checked_cells, values_changed, write_months


@transaction.atomic
def reference_write(
    *,
    effect: Effect,
    cells: Mapping[str, object],
    seen_version: int,
    by: Actor,
    source: Source = Source.FORM,
) -> Effect:
    """Write months of the reference; None empties a month.

    Raises `Stale`, `Conflict("frozen")` once T2 is passed (V2), `Invalid` with `cells.<month>` for
    each cell that cannot be kept; then nothing is written.
    """
    require_plan(effect.measure, by)
    measure = measure_for_edit(effect.measure_id)
    row = effect_locked(effect.pk, seen_version)
    if method_is_frozen(Stage(measure.stage)):
        raise Conflict("frozen")
    wanted = checked_cells(cells, row.metric.decimals)
    changes = write_months(row, Series.REFERENCE, wanted, by=by, source=source)
    if not changes:
        return row
    values_changed(row, Series.REFERENCE, changes, by=by)
    measure_edited(measure, by=by)
    return effect_locked(row.pk, None)

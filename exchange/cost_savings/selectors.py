"""What an earlier import left here: nodes, measures, their effect, and cells edited since."""

from collections.abc import Collection, Iterable

from governance.tree.choices import Level
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.choices import Series, Source
from kpis.models import Effect, ValueHistory
from kpis.rules import Month


def node_known(parent: Node, level: Level, *, name: str, key: str) -> Node | None:
    """A child by the key an import gave it, else by its name."""
    children = Node.objects.filter(parent=parent, level=level).order_by("id")
    found: Node | None = children.filter(source_key=key).first()
    return found or children.filter(name=name).first()


def measures_by_key(keys: Collection[str]) -> dict[str, Measure]:
    """Measures that an import brought, by their source key."""
    rows = Measure.objects.filter(source_key__in=keys).select_related("package")
    return {measure.source_key: measure for measure in rows}


def first_effects(measures: Iterable[Measure], *, metric: str, kind: str) -> dict[int, Effect]:
    """Measure id to its oldest effect of a metric and kind, which is the imported one."""
    rows = Effect.objects.filter(measure__in=list(measures), metric__code=metric, kind=kind)
    effects = rows.select_related("metric", "measure__package").order_by("-id")
    return {effect.measure_id: effect for effect in effects}


def months_by_hand(effect: Effect) -> set[Month]:
    """Plan months whose last change came by another door than an import."""
    rows = ValueHistory.objects.filter(
        effect_public_id=effect.public_id, series=Series.PLAN, baseline_no=0
    )
    last = rows.order_by("month", "-id").distinct("month").values_list("month", "source")
    return {Month(day.year, day.month) for day, source in last if source != Source.IMPORT}

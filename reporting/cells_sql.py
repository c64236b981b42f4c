"""SQL of the cells that reports add up: as they are now, or as they were published (V4)."""

from kpis.models import MONTH_COLUMNS, Restatement, ValueYear

YEAR, RESTATEMENT = ValueYear._meta.db_table, Restatement._meta.db_table
COLUMNS = tuple(enumerate(MONTH_COLUMNS, start=1))
DELTAS = ", ".join(
    f"sum(delta) FILTER (WHERE extract(month FROM month) = {number}) AS {column}"
    for number, column in COLUMNS
)
MONTHS_NOW = ", ".join(
    f"CASE WHEN r.{column} IS NULL THEN v.{column} "
    f"ELSE coalesce(v.{column}, 0) + r.{column} END AS {column}"
    for _number, column in COLUMNS
)
# An approved restatement has its year of validated cells, so that each row finds its deltas.
NOW = f"""(
    SELECT v.tenant_id, v.effect_id, v.series, v.baseline_no, v.year, {MONTHS_NOW}
    FROM {YEAR} v LEFT JOIN (
      SELECT effect_id, extract(year FROM month)::int AS year, {DELTAS} FROM {RESTATEMENT}
      WHERE tenant_id = %(tenant)s AND state = 'approved' GROUP BY 1, 2
    ) r ON v.series = 'actual_validated' AND r.effect_id = v.effect_id AND r.year = v.year
  )"""


def year_rows(*, as_published: bool) -> str:
    """What stands in FROM for the year rows of effects, with restatements or without them.

    `%(tenant)s` is the tenant, as everywhere in these queries.
    """
    return YEAR if as_published else NOW

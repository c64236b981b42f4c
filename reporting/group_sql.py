"""SQL of what L2, L3 and F6 compare: value effects of a measure by metric, unit and kind.

It follows the CTEs of `value_sql`. A measure is judged by the headline's groups, or by all without
any of them (V7).
"""

from kpis.figures.choices import Lamp
from kpis.figures.lights import (
    EVIDENCE_AMBER,
    EVIDENCE_GREEN,
    POTENTIAL_AMBER,
    POTENTIAL_GREEN,
)
from kpis.figures.rules import QUARTER
from kpis.models import Claim, Validation
from reporting.value_sql import DECIDED, IS_COST, each

CLAIM, VALIDATION = Claim._meta.db_table, Validation._meta.db_table
# How the gravest of several groups is found by `max`.
RANKS = ((Lamp.GREY, 0), (Lamp.GREEN, 1), (Lamp.AMBER, 2), (Lamp.RED, 3))
RANK = dict(RANKS)

MOST = "greatest(claimed, due)"
POTENTIAL = f"""
  CASE WHEN base = 0 THEN {RANK[Lamp.GREY]}
       WHEN base - forecast > {1 - POTENTIAL_AMBER} * abs(base) OR slip > {QUARTER}
         THEN {RANK[Lamp.RED]}
       WHEN base - forecast > {1 - POTENTIAL_GREEN} * abs(base) OR slip > 0
         THEN {RANK[Lamp.AMBER]}
       ELSE {RANK[Lamp.GREEN]} END"""
EVIDENCE = f"""
  CASE WHEN {MOST} <= 0 THEN {RANK[Lamp.GREY]}
       WHEN validated < {MOST} * {EVIDENCE_AMBER} THEN {RANK[Lamp.RED]}
       WHEN validated < {MOST} * {EVIDENCE_GREEN} THEN {RANK[Lamp.AMBER]}
       ELSE {RANK[Lamp.GREEN]} END"""
# Amber or red in L2, by which F6 goes.
IS_OFF = (
    f"is_rejected OR base <> 0 AND "
    f"(slip > 0 OR base - forecast > {1 - POTENTIAL_GREEN} * abs(base))"
)


def _judged(aggregate: str, also: str = "true") -> str:
    """An aggregate over the headline's groups of a measure, or over all without any of them."""
    return (
        f"coalesce({aggregate} FILTER (WHERE is_headline AND {also}), "
        f"{aggregate} FILTER (WHERE {also}))"
    )


# Effects with a claim that stands rejected: nobody claimed the month again.
GROUPS = f"""
, rejected AS (
  SELECT DISTINCT v.effect_id AS effect
  FROM ours o
  {each(VALIDATION, "effect_id = o.effect AND outcome = 'rejected'")} v
  {each(CLAIM, "id = v.claim_id AND amount IS NOT NULL")} c
  WHERE NOT EXISTS (
    SELECT 1 FROM {CLAIM} later
    WHERE later.tenant_id = %(tenant)s AND later.effect_id = v.effect_id
      AND later.month = v.month AND later.id > v.claim_id OFFSET 0)
), per_group AS (
  SELECT measure, kind, metric = %(metric)s AND currency IN ('', %(currency)s) AS is_headline,
         min(package) AS package, min(stage) AS stage, min(overlay) AS overlay,
         min(model) AS model, sum(coalesce(value, 0)) AS value, sum(coalesce(base, 0)) AS base,
         sum(coalesce(forecast, 0)) AS forecast, max(slip) AS slip,
         sum(done_to_date) AS validated, sum(coalesce(claimed, 0)) AS claimed,
         sum(coalesce(due, 0)) AS due, bool_or(is_judged) AS is_judged,
         bool_or(r.effect IS NOT NULL) AS is_rejected
  FROM per_effect p LEFT JOIN rejected r USING (effect)
  WHERE NOT {IS_COST} GROUP BY measure, metric, currency, kind
), of_value AS (
  SELECT measure, {_judged("bool_or(is_off)")} AS is_off,
         CASE WHEN {_judged("bool_or(is_rejected)", "is_judged")} THEN {RANK[Lamp.RED]}
              ELSE {_judged("max(l2)", "is_judged")} END AS potential,
         {_judged("max(l3)", "is_judged")} AS evidence,
         sum(value) FILTER (WHERE is_headline AND kind = 'recurring') AS recurring,
         sum(value) FILTER (WHERE is_headline AND kind = 'one_off') AS one_off,
         sum(abs(value)) FILTER (WHERE is_headline) AS size
  FROM (
    SELECT *, {POTENTIAL} AS l2, {EVIDENCE} AS l3, {IS_OFF} AS is_off FROM per_group OFFSET 0
  ) g GROUP BY measure
)"""

# Σ |V| and Σ value at risk (F2, F6), to be grouped.
SIZE_SUMS = f"""sum(abs(value)), sum(
  CASE WHEN overlay = 'active' AND {DECIDED} AND stage <> 'closed' AND is_off
       THEN least(greatest(value, 0), greatest(base - forecast, 0)) ELSE 0 END)
FROM per_group JOIN of_value USING (measure) WHERE is_headline"""

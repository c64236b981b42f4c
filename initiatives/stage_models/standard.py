"""The stage model the product ships: domain.md, sections 3 and 4, as data."""

from typing import Any

WEIGHTS = {
    "identified": "0.10",
    "detailed": "0.30",
    "decided": "0.50",
    "implemented": "0.80",
    "closed": "1.00",
}


def _auto(*names: str) -> list[dict[str, Any]]:
    return [{"kind": "automatic", "name": name} for name in names]


def _later(name: str, en: str, de: str) -> dict[str, Any]:
    """A criterion whose facts the product does not hold yet: inactive, never passing by itself."""
    label = {"en": en, "de": de}
    return {"kind": "automatic", "name": name, "active": False, "label": label}


def _evidence(name: str, kind: str, en: str, de: str) -> dict[str, Any]:
    label = {"en": en, "de": de}
    return {"kind": "evidence", "name": name, "document_kind": kind, "label": label}


def _step(part: str, position: int, days: int = 5, **more: Any) -> dict[str, Any]:
    return {"part": part, "position": position, "clock_days": days, **more}


GOVERNABILITY = _auto(
    "owner_named",
    "sponsor_named",
    "controller_named",
    "business_unit_named",
    "function_named",
    "legal_entity_named",
    "forum_named",
)
DETAIL = [
    *_auto("scope_described"),
    *GOVERNABILITY,
    *_auto("reference_recorded", "method_described", "value_estimated"),
]
PLAN = [
    *_auto("plan_phased", "milestones_planned"),
    {
        "kind": "attested",
        "name": "counted_once",
        "role": "controller",
        "label": {
            "en": "The value is counted in no other measure",
            "de": "Der Wert ist in keiner anderen Maßnahme enthalten",
        },
    },
    _later("dependencies_accepted", "Dependencies are accepted", "Abhängigkeiten sind angenommen"),
    _later("risks_quantified", "Risks are quantified", "Risiken sind beziffert"),
]
DECIDE = [_step("co_signature", 1), _step("controller", 2), _step("forum", 3, 10)]
IMPLEMENT: dict[str, Any] = {
    "transition": "T4",
    "from": "decided",
    "to": "implemented",
    "criteria": [
        *_auto(
            "critical_milestones_accepted",
            "run_rate_started",
            "effect_owners_named",
            "receiver_named",
        ),
        _later(
            "dependencies_delivered", "Dependencies are delivered", "Abhängigkeiten sind geliefert"
        ),
    ],
    "route": [_step("sponsor", 1), _step("receiver", 1)],
}
CLOSE: dict[str, Any] = {
    "transition": "T5",
    "from": "implemented",
    "to": "closed",
    "criteria": [
        *_auto("conditions_met", "months_validated"),
        _evidence(
            "ledger_evidence",
            "ledger",
            "Evidence from the ledger is filed",
            "Ein Nachweis aus der Buchhaltung liegt vor",
        ),
    ],
    "route": [
        _step("closing_controller", 1),
        _step("second_finance", 2, at_least="1000000"),
    ],
}

STANDARD: dict[str, Any] = {
    "stages": [{"code": code, "weight": weight} for code, weight in WEIGHTS.items()],
    "settings": {
        "materiality": "1000000",
        "closure_months": 3,
        "closure_floor": "0.95",
        "light_limit": "100000",
        "hold_days": 90,
        "reinstate_days": 90,
        "publisher_pause_days": 30,
        "clock_days": 5,
    },
    "gates": [
        {
            "transition": "T2",
            "from": "identified",
            "to": "detailed",
            "criteria": DETAIL,
            "route": [_step("controller", 1), _step("sponsor", 2)],
        },
        {
            "transition": "T3",
            "from": "detailed",
            "to": "decided",
            "criteria": PLAN,
            "route": DECIDE,
        },
        IMPLEMENT,
        CLOSE,
    ],
    "light": {
        "gates": [
            {
                "transition": "T3",
                "from": "identified",
                "to": "decided",
                "criteria": [*DETAIL, *_auto("light_track_allowed"), *PLAN],
                "route": DECIDE,
            },
            IMPLEMENT,
            CLOSE,
        ]
    },
}

"""Cases generated from the OpenAPI document, sent to the WSGI application in this process."""

from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from schemathesis.checks import not_a_server_error
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from governance.people.choices import Role
from initiatives.services import MeasureDraft, measure_create
from kpis.choices import EffectKind
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.services import EffectDraft, effect_create
from tests.houses import House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# Cases are drawn the same way in every run; what one run finds the next will find again.
SETTINGS: dict[str, Any] = {
    "generation": {"deterministic": True, "with-security-parameters": False, "database": "none"},
    "phases": {"coverage": {"enabled": False}, "examples": {"enabled": False}},
}


def operations(examples: int) -> Any:
    """All operations below a tenant, with so many generated cases for each."""
    generation = SETTINGS["generation"] | {"max-examples": examples}
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/",
        WSGIHandler(),
        config=schemathesis.Config.from_dict(SETTINGS | {"generation": generation}),
        headers={"Accept": "application/json"},
    )
    return schema.include(path_regex="/tenants/")


class Target:
    """A tenant with something of everything, and what stands there for each name in a case."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.token = house.caller("pmo").token
        house_words = ("portfolio", "program", "project")
        places = {word: getattr(house, word).code for word in house_words}
        self.in_bodies = places | {
            "measure_package": house.package.code,
            "parent": house.project.code,
            "metric": STARTING_METRICS[0].code,
            "business_unit": house.unit.code,
            "function": house.function.code,
            "legal_entity": house.entity.code,
            "forum": house.forum.code,
            "owner": house.people["owner"].email,
            "sponsor": house.people["sponsor"].email,
        }
        self.in_addresses = self._furnish() | {
            "portfolios": house.portfolio.code,
            "programs": house.program.code,
            "projects": house.project.code,
            "measure-packages": house.package.code,
            "roll-ups": house.program.code,
            "business-units": house.unit.code,
            "functions": house.function.code,
            "legal-entities": house.entity.code,
            "forums": house.forum.code,
            "people": str(house.people["guest"].public_id),
        }

    def _furnish(self) -> dict[str, str]:
        house, by = self.house, self.house.system(Role.PMO)
        with house.active():
            metrics = [metric_create(draft=draft, by=by) for draft in STARTING_METRICS]
            measure = measure_create(
                package=house.package, draft=MeasureDraft("Bundle steel"), by=by
            )
            draft = EffectDraft(metrics[0], EffectKind.RECURRING)
            effect = effect_create(measure=measure, draft=draft, by=by)
        return {
            "measures": measure.code,
            "effects": str(effect.public_id),
            "metrics": metrics[1].code,
        }

    def send(self, case: Case, *, to_something: bool) -> None:
        """Send a case to this tenant and check the answer against the document.

        Most generated names stand for nothing; `to_something` puts in what exists.
        """
        headers = {"Authorization": f"Bearer {self.token}"}
        if to_something:
            headers["If-Match"] = '"1"'
            self._point(case)
        case.path_parameters["tenant"] = self.house.slug
        case.call_and_validate(headers=headers, checks=CHECKS)

    def _point(self, case: Case) -> None:
        noun = case.path.split("/tenants/{tenant}/")[1].split("/")[0]
        names = [name for name in case.path_parameters if name != "tenant"]
        if names and noun in self.in_addresses:
            case.path_parameters[names[0]] = self.in_addresses[noun]
        if isinstance(case.body, dict):
            known = self.in_bodies.keys() & case.body.keys()
            case.body = case.body | {name: self.in_bodies[name] for name in known}

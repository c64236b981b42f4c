"""A measure on its way up, through the API and as the people the gates ask for.

Every step is a call that a client could make; nothing is set behind the services' backs.
"""

import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from governance.people.choices import Role
from initiatives.stage_models.standard import STANDARD
from kpis.choices import Aggregation
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Metric
from kpis.rules import Month
from tests.houses import ApiCaller, House

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
TEXT = "Both plants order steel at once and one price holds for a year."


def short_model(**limits: Any) -> dict[str, Any]:
    """The shipped model with its routes, whose gates ask for little: for tests of decisions."""
    model = copy.deepcopy(STANDARD)
    little = {"T2": ["owner_named"], "T3": ["sponsor_named"], "T4": ["receiver_named"]}
    for gates in (model["gates"], model["light"]["gates"]):
        for gate in gates:
            names = little.get(gate["transition"], ["conditions_met"])
            gate["criteria"] = [{"kind": "automatic", "name": name} for name in names]
    model["settings"] |= limits
    return model


def last_months(count: int, today: date) -> list[str]:
    """The latest closed months before this one, oldest first."""
    now = Month(today.year, today.month)
    return [str(now.plus(-back)) for back in range(count, 0, -1)]


@dataclass
class Ladder:
    """One measure of a house, and a caller for each person who has a part in it."""

    house: House
    code: str = ""
    effects: dict[str, str] = field(default_factory=dict)
    callers: dict[str, ApiCaller] = field(default_factory=dict)
    # Who takes the change over into daily work.
    receiver: str = "executive"

    def __getitem__(self, name: str) -> ApiCaller:
        if name not in self.callers:
            self.callers[name] = self.house.caller(name)
        return self.callers[name]

    @property
    def measure(self) -> dict[str, Any]:
        found: dict[str, Any] = self["pmo"].get(f"measures/{self.code}/").json()
        return found

    def ok(self, answer: Any, status: int = 200) -> dict[str, Any]:
        assert answer.status_code == status, (answer.status_code, answer.content.decode())
        body: dict[str, Any] = answer.json()
        return body

    def patch(self, name: str, **fields: Any) -> dict[str, Any]:
        version = self.measure["version"]
        path = f"measures/{self.code}/"
        return self.ok(self[name].patch(path, fields, **{"If-Match": f'"{version}"'}))

    def email(self, name: str) -> str:
        return self.house.people[name].email

    def begin(self) -> "Ladder":
        """The owner describes it, the PMO names judges and places, finance the controller."""
        _metric(self.house)
        made = self.ok(
            self["owner"].post(
                "measures/",
                {
                    "name": "Bundle steel orders",
                    "description": TEXT,
                    "measure_package": self.house.package.code,
                    "calculation_method": "Price before less price after, times tonnes bought.",
                },
            ),
            201,
        )
        self.code = made["code"]
        self.patch(
            "pmo",
            sponsor=self.email("sponsor"),
            receiver=self.email(self.receiver),
            forum=self.house.forum.code,
            business_unit=self.house.unit.code,
            function=self.house.function.code,
            legal_entity=self.house.entity.code,
        )
        self.patch("head_of_controlling", controller=self.email("controller"))
        return self

    def plan(self, today: date, *, monthly: str = "1000.00") -> "Ladder":
        """A recurring effect over two years with its reference, and what it costs once."""
        first = Month(today.year - 1, today.month)
        months = [str(first.plus(index)) for index in range(24)]
        value = self._effect(kind="recurring", run_rate_start=str(first))
        self._cells(value, "reference", {months[0]: "5000.00"})
        self._cells(value, "plan", dict.fromkeys(months, monthly))
        cost = self._effect(kind="one_time_cost")
        self._cells(cost, "plan", {months[0]: "200.00"})
        self.effects = {"value": value, "cost": cost}
        return self

    def _effect(self, **fields: Any) -> str:
        body = {"metric": "EBITDA", "class": "hard", "owner": self.email("owner"), **fields}
        made = self.ok(self["owner"].post(f"measures/{self.code}/effects/", body), 201)
        return str(made["id"])

    def _cells(self, effect: str, series: str, cells: dict[str, str]) -> None:
        version = self.ok(self["owner"].get(f"effects/{effect}/"))["version"]
        tail, body = ("cells/", {"series": series, "cells": cells})
        if series == "reference":
            tail, body = "reference/", {"cells": cells}
        put = self["owner"].put(f"effects/{effect}/{tail}", body, **{"If-Match": f'"{version}"'})
        self.ok(put)

    def milestone(self, today: date) -> str:
        made = self.ok(
            self["owner"].post(
                f"measures/{self.code}/milestones/",
                {
                    "title": "Contract signed",
                    "weight": 10,
                    "is_critical": True,
                    "plan_on": today.isoformat(),
                    "acceptor": self.email(self.receiver),
                },
            ),
            201,
        )
        return str(made["id"])

    def document(self, name: str, kind: str, **fields: Any) -> dict[str, Any]:
        """A small PDF as the client of this person would send it."""
        caller = self[name]
        return self.ok(
            caller.client.post(
                self.house.api(f"measures/{self.code}/documents/"),
                {"title": "Proof", "kind": kind, "file": SimpleUploadedFile("proof.pdf", PDF)}
                | fields,
            ),
            201,
        )

    def accept_milestone(self, milestone: str) -> None:
        self.document("owner", "milestone", milestone=milestone)
        for name, word in (("owner", "done"), (self.receiver, "accept")):
            version = self.ok(self[name].get(f"milestones/{milestone}/"))["version"]
            path = f"milestones/{milestone}/{word}/"
            self.ok(self[name].post(path, {}, **{"If-Match": f'"{version}"'}))

    def actuals(self, months: list[str], amount: str = "1000.00") -> None:
        """The owner claims, the controller validates."""
        effect = self.effects["value"]
        self._cells(effect, "actual_claimed", dict.fromkeys(months, amount))
        for month in months:
            body = {"month": month, "outcome": "validated"}
            self.ok(self["controller"].post(f"effects/{effect}/validations/", body))

    def ask(self, to_stage: str, name: str = "owner") -> dict[str, Any]:
        body = {"to_stage": to_stage, "comment": "Ready."}
        path = f"measures/{self.code}/gate-requests/"
        return self.ok(self[name].post(path, body), 201)

    def vote(self, name: str, request: dict[str, Any], outcome: str = "go", **more: Any) -> Any:
        body = {
            "outcome": outcome,
            "rationale": "Read and agreed.",
            "snapshot_hash": request["snapshot_hash"],
            **more,
        }
        return self[name].post(f"gate-requests/{request['id']}/decision/", body)

    def pass_gate(self, to_stage: str, *voters: str, **more: Any) -> dict[str, Any]:
        """Ask and let everybody named say go, in their order."""
        request = self.ask(to_stage)
        for name in voters:
            request = self.ok(self.vote(name, request, **(more if name == voters[0] else {})))
        return request

    def attest(self) -> None:
        path = f"measures/{self.code}/attestations/counted_once/"
        self.ok(self["controller"].post(path, {"note": "Compared with the list of effects."}))

    def climb(self, stage: str, today: date, *, monthly: str = "1000.00") -> "Ladder":
        """From nothing up to a stage, by the shortest honest way."""
        self.begin().plan(today, monthly=monthly)
        steps = ("detailed", "decided", "implemented", "closed")
        for step in steps[: steps.index(stage) + 1]:
            getattr(self, f"to_{step}")(today)
        return self

    def to_detailed(self, _today: date) -> None:
        self.pass_gate("detailed", "controller", "sponsor")

    def to_decided(self, today: date) -> None:
        self.mark = self.milestone(today)
        self.attest()
        self.pass_gate("decided", "sponsor", "controller", "forum_member")

    def to_implemented(self, _today: date) -> None:
        self.accept_milestone(self.mark)
        self.pass_gate("implemented", "sponsor", self.receiver)

    def to_closed(self, today: date) -> None:
        self.actuals(last_months(3, today))
        self.document("owner", "ledger")
        self.pass_gate("closed", "controller", confirmed_amount="12000.00")


def _metric(house: House) -> None:
    with house.active():
        by = house.system(Role.PMO)
        if not Metric.objects.filter(code="EBITDA").exists():
            draft = MetricDraft("EBITDA", "EBITDA", aggregation=Aggregation.SUM)
            metric_create(draft=draft, by=by)

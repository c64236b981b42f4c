"""Escalation policies: who is told after how many business days, in versions (S5, T17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from django_stubs_ext import StrOrPromise

from approvals.escalations.choices import Tier
from approvals.escalations.models import EscalationPolicy
from approvals.escalations.registry import Source, sources
from approvals.escalations.rules import MOST_DAYS, Days, levels_of, tiers_for
from approvals.escalations.selectors import policies_in, policy_in_force
from approvals.escalations.services.policies import POLICIES, policy_propose
from governance.pages.crumbs import status_of
from governance.pages.versions import (
    VersionPages,
    crumbs,
    home_context,
    proposed_answer,
    publish_page,
    version_context,
    withdraw_page,
)
from governance.people.choices import Permission
from governance.ui.parts import Column
from governance.versions.selectors import version_numbered
from governance.web.forms import refusals_in
from governance.web.requests import TenantRequest

PAGES = VersionPages(
    POLICIES,
    title=gettext_lazy("Escalation policies"),
    home="approvals:escalation-policies",
    effect=gettext_lazy(
        "They hold for what falls due from now on. What has been noticed before climbs on by the "
        "policies it began under."
    ),
    standard=gettext_lazy("The shipped policies, until a version is published."),
    first=gettext_lazy("Propose one that fits how your company works."),
    needs=gettext_lazy(
        "Changing escalation policies needs the role Administrator, Transformation office (PMO) or "
        "Head of controlling on the whole tenant."
    ),
    icon="trending-up",
)


def field_name(source: str, tier: Tier) -> str:
    """How the form and its faults call one number: `milestone.owes`."""
    return f"{source}.{tier.value}"


class PolicyForm(forms.Form):
    """After how many business days each part is told, by source; empty: it is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for source in sources():
            for tier in tiers_for(is_finance=source.is_finance):
                self.fields[field_name(source.code, tier)] = forms.IntegerField(
                    label=tier.label,
                    required=False,
                    min_value=0,
                    max_value=MOST_DAYS,
                )

    @classmethod
    def over(cls, policies: Mapping[str, Days]) -> "PolicyForm":
        """Begin with what is in force."""
        initial = {
            field_name(source, tier): days
            for source, chain in policies.items()
            for tier, days in chain.items()
        }
        return cls(initial=initial)

    @property
    def said(self) -> dict[str, Days]:
        return {source.code: self._chain(source) for source in sources()}

    def _chain(self, source: Source) -> Days:
        tiers = tiers_for(is_finance=source.is_finance)
        given = {tier: self.cleaned_data.get(field_name(source.code, tier)) for tier in tiers}
        return {tier: days for tier, days in given.items() if days is not None}

    @property
    def groups(self) -> list[tuple[StrOrPromise, list[forms.BoundField]]]:
        """The fields by source."""
        return [
            (
                source.label,
                [
                    self[field_name(source.code, tier)]
                    for tier in tiers_for(is_finance=source.is_finance)
                ],
            )
            for source in sources()
        ]


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One source with its chain in words."""

    label: str
    steps: list[tuple[str, int]]


def chain_rows(policies: Mapping[str, Days]) -> dict[str, Any]:
    """What a version says, source by source."""
    rows = [
        ChainRow(
            str(source.label),
            [(str(one.tier.label), one.after_days) for one in levels_of(policies[source.code])],
        )
        for source in sources()
    ]
    columns = [Column("source", _("What is overdue")), Column("chain", _("Who is told"))]
    return {"chains": rows, "chain_columns": columns}


@require_safe
def policies(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The policies in force, what is proposed, and all versions."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    versions = home_context(PAGES, by)
    context = {**versions, **chain_rows(policies_in(versions["row"]))}
    return render(request, "approvals/escalation_policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Write down the next version; a second person publishes it (S5)."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    form = PolicyForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        with refusals_in(form):
            return proposed_answer(PAGES, request, policy_propose(said=form.said, by=by))
    if form is None:
        form = PolicyForm.over(policies_in(policy_in_force()))
    context = {"form": form, "breadcrumbs": crumbs(PAGES, request, _("Propose a version"))}
    return render(
        request, "approvals/escalation_policy_propose.html", context, status=status_of(form)
    )


@require_safe
def version(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """One version as it was proposed, with its history."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    row = version_numbered(EscalationPolicy, number)
    context = {**version_context(PAGES, request, row), **chain_rows(policies_in(row))}
    return render(request, "approvals/escalation_policy_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to bring a proposal into force, then do it."""
    return publish_page(PAGES, request, number)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    return withdraw_page(PAGES, request, number)

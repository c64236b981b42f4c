"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from approvals.exceptions.pages import acting
from approvals.exceptions.pages.detail import exception
from approvals.exceptions.pages.listing import exceptions
from approvals.pages import delegations, escalation_policies, escalations

app_name = "approvals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("exceptions/", exceptions, name="exceptions"),
    path("exceptions/new/", acting.exception_new, name="exception-new"),
    path("exceptions/<str:code>/", exception, name="exception"),
    path("exceptions/<str:code>/assign/", acting.assign, name="exception-assign"),
    path("exceptions/<str:code>/ask/", acting.ask, name="exception-ask"),
    path("exceptions/<str:code>/decide/", acting.decide, name="exception-decide"),
    path("exceptions/<str:code>/verify/", acting.verify, name="exception-verify"),
    path("delegations/", delegations.delegations, name="delegations"),
    path("delegations/<uuid:delegation_id>/revoke/", delegations.revoke, name="delegation-revoke"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("escalations/<uuid:escalation_id>/", escalations.escalation, name="escalation"),
    path("escalation-policies/", escalation_policies.policies, name="escalation-policies"),
    path(
        "escalation-policies/propose/",
        escalation_policies.propose,
        name="escalation-policies-propose",
    ),
    path(
        "escalation-policies/versions/<int:number>/",
        escalation_policies.version,
        name="escalation-policies-version",
    ),
    path(
        "escalation-policies/versions/<int:number>/publish/",
        escalation_policies.publish,
        name="escalation-policies-publish",
    ),
    path(
        "escalation-policies/versions/<int:number>/withdraw/",
        escalation_policies.withdraw,
        name="escalation-policies-withdraw",
    ),
]

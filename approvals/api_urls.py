"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from approvals.api.delegations import DelegationListView, DelegationRevokeView, DelegationView
from approvals.api.escalation_policies import (
    PoliciesView,
    PolicyPublicationView,
    PolicyVersionListView,
    PolicyVersionView,
)
from approvals.api.escalations import EscalationListView, EscalationView
from approvals.exceptions.api.views import (
    ExceptionAssignView,
    ExceptionDecideView,
    ExceptionListView,
    ExceptionRequestDecisionView,
    ExceptionVerifyView,
    ExceptionView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("delegations/", DelegationListView.as_view(), name="api-delegation-list"),
    path(
        "delegations/<uuid:delegation_id>/", DelegationView.as_view(), name="api-delegation-detail"
    ),
    path(
        "delegations/<uuid:delegation_id>/revoke/",
        DelegationRevokeView.as_view(),
        name="api-delegation-revoke",
    ),
    path("escalations/", EscalationListView.as_view(), name="api-escalation-list"),
    path(
        "escalations/<uuid:escalation_id>/",
        EscalationView.as_view(),
        name="api-escalation-detail",
    ),
    path("escalation-policies/", PoliciesView.as_view(), name="api-escalation-policies"),
    path(
        "escalation-policy-versions/",
        PolicyVersionListView.as_view(),
        name="api-escalation-policy-version-list",
    ),
    path(
        "escalation-policy-versions/<int:number>/",
        PolicyVersionView.as_view(),
        name="api-escalation-policy-version-detail",
    ),
    path(
        "escalation-policy-versions/<int:number>/publish/",
        PolicyPublicationView.as_view(),
        name="api-escalation-policy-version-publish",
    ),
    path("exceptions/", ExceptionListView.as_view(), name="api-exception-list"),
    path("exceptions/<str:code>/", ExceptionView.as_view(), name="api-exception-detail"),
    path(
        "exceptions/<str:code>/assign/", ExceptionAssignView.as_view(), name="api-exception-assign"
    ),
    path(
        "exceptions/<str:code>/request-decision/",
        ExceptionRequestDecisionView.as_view(),
        name="api-exception-request-decision",
    ),
    path(
        "exceptions/<str:code>/decide/", ExceptionDecideView.as_view(), name="api-exception-decide"
    ),
    path(
        "exceptions/<str:code>/verify/", ExceptionVerifyView.as_view(), name="api-exception-verify"
    ),
]

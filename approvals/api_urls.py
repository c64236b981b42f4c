"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from approvals.api.delegations import DelegationListView, DelegationRevokeView, DelegationView

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
]

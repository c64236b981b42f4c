"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from approvals.pages import delegations

app_name = "approvals"
urlpatterns: list[URLPattern | URLResolver] = [
    path("delegations/", delegations.delegations, name="delegations"),
    path("delegations/<uuid:delegation_id>/revoke/", delegations.revoke, name="delegation-revoke"),
]

"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from governance.pages import audit, people, person

app_name = "governance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", audit.explorer, name="audit"),
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_add, name="person-add"),
    path("people/access/", person.access, name="access"),
    path("people/nodes/", person.node_options, name="node-options"),
    path("people/<uuid:person_id>/", person.person, name="person"),
    path("people/<uuid:person_id>/edit/", people.person_edit, name="person-edit"),
    path("people/<uuid:person_id>/end/", people.person_end, name="person-end"),
    path("people/<uuid:person_id>/grants/", person.grant, name="role-grant"),
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/revoke/",
        person.revoke,
        name="role-revoke",
    ),
]

"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from governance.pages import (
    access,
    audit,
    background,
    calendar,
    confirm,
    kept,
    mails,
    masterdata,
    my_work,
    notice_settings,
    notifications,
    operations,
    people,
    person,
    saved_views,
    search,
    seats,
    settings,
    tokens,
)

app_name = "governance"
urlpatterns: list[URLPattern | URLResolver] = [
    path("audit/", audit.explorer, name="audit"),
    path("background-work/", background.background, name="background"),
    path("background-work/<uuid:failed_id>/", background.failed, name="background-task"),
    path("background-work/<uuid:failed_id>/retry/", background.retry, name="background-retry"),
    path(
        "background-work/<uuid:failed_id>/discard/", background.discard, name="background-discard"
    ),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/propose/", calendar.propose, name="calendar-propose"),
    path("calendar/versions/<int:number>/", calendar.version, name="calendar-version"),
    path("calendar/versions/<int:number>/publish/", calendar.publish, name="calendar-publish"),
    path("calendar/versions/<int:number>/withdraw/", calendar.withdraw, name="calendar-withdraw"),
    path("favourites/", kept.kept, name="favourites"),
    path("favourites/<str:kind>/<str:code>/", kept.star, name="favourite"),
    path("mails/", mails.mail_list, name="mails"),
    path("mails/<uuid:mail_id>/", mails.mail, name="mail"),
    path("mails/<uuid:mail_id>/html/", mails.mail_html, name="mail-html"),
    path("mails/<uuid:mail_id>/retry/", mails.retry, name="mail-retry"),
    path("master-data/", masterdata.overview, name="master-data"),
    path("master-data/<slug:kind>/", masterdata.entries, name="master-data-list"),
    path("master-data/<slug:kind>/<str:code>/", masterdata.entry, name="master-data-entry"),
    path(
        "master-data/<slug:kind>/<str:code>/active/",
        masterdata.set_active,
        name="master-data-active",
    ),
    path(
        "master-data/forums/<str:code>/seats/<uuid:person_id>/confirm/",
        seats.confirm,
        name="seat-confirm",
    ),
    path(
        "master-data/forums/<str:code>/seats/<uuid:person_id>/refuse/",
        seats.refuse,
        name="seat-refuse",
    ),
    path("master-data/forums/<str:code>/seats/", seats.seat_add, name="seat-add"),
    path(
        "master-data/forums/<str:code>/seats/<uuid:person_id>/remove/",
        seats.seat_remove,
        name="seat-remove",
    ),
    path("search/", search.search_page, name="search"),
    path("my-work/", my_work.my_work_page, name="my-work"),
    path("my-work/counts/", my_work.my_work_counts, name="my-work-counts"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/settings/", notice_settings.settings, name="notification-settings"),
    path("notifications/read-all/", notifications.read_all, name="notifications-read-all"),
    path(
        "notifications/unread-again/",
        notifications.unread_again,
        name="notifications-unread-again",
    ),
    path("notifications/<uuid:notice_id>/", notifications.notification, name="notification"),
    path("notifications/<uuid:notice_id>/read/", notifications.mark, name="notification-mark"),
    path("operations/", operations.operations, name="operations"),
    path("people/", people.people_list, name="people"),
    path("people/me/", person.me, name="me"),
    path("people/new/", people.person_add, name="person-add"),
    path("people/access/", access.access, name="access"),
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
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/confirm/",
        confirm.confirm,
        name="role-confirm",
    ),
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/refuse/",
        confirm.refuse,
        name="role-refuse",
    ),
    path("saved-views/", saved_views.saved_views, name="saved-views"),
    *(
        path(f"saved-views/<uuid:view_id>/{verb}/", view, name=f"saved-view-{verb}")
        for verb, view in (
            ("edit", saved_views.edit),
            ("delete", saved_views.delete),
            ("restore", saved_views.restore),
            ("prefer", saved_views.prefer),
        )
    ),
    path("settings/", settings.settings, name="settings"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token-revoke"),
]

"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from governance.api.access import AccessView
from governance.api.audit import AuditEventListView
from governance.api.background import (
    FailedTaskDiscardView,
    FailedTaskListView,
    FailedTaskRetryView,
    FailedTaskView,
    ScheduledTaskListView,
)
from governance.api.calendar import (
    CalendarPublicationView,
    CalendarVersionListView,
    CalendarVersionView,
    CalendarView,
)
from governance.api.kept import FavouriteListView, FavouriteView, RecentItemListView
from governance.api.mails import MailListView, MailRetryView, MailView
from governance.api.masterdata import master_data_urls
from governance.api.my_work import MyWorkView
from governance.api.notifications import (
    NotificationListView,
    NotificationReadView,
    NotificationSettingsView,
    NotificationsReadAllView,
    NotificationsUnreadAgainView,
    NotificationUnreadView,
    NotificationView,
)
from governance.api.people import (
    GrantConfirmView,
    GrantListView,
    GrantRefuseView,
    GrantView,
    PeopleListView,
    PersonView,
)
from governance.api.saved_views import (
    SavedViewListView,
    SavedViewPreferenceView,
    SavedViewRestoreView,
    SavedViewView,
)
from governance.api.search import SearchView
from governance.api.seats import SeatConfirmView, SeatListView, SeatRefuseView, SeatView

urlpatterns: list[URLPattern | URLResolver] = [
    path("access/", AccessView.as_view(), name="api-access"),
    path("people/", PeopleListView.as_view(), name="api-people-list"),
    path("people/<uuid:person_id>/", PersonView.as_view(), name="api-people-detail"),
    path("people/<uuid:person_id>/grants/", GrantListView.as_view(), name="api-grant-list"),
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/",
        GrantView.as_view(),
        name="api-grant-detail",
    ),
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/confirm/",
        GrantConfirmView.as_view(),
        name="api-grant-confirm",
    ),
    path(
        "people/<uuid:person_id>/grants/<uuid:grant_id>/refuse/",
        GrantRefuseView.as_view(),
        name="api-grant-refuse",
    ),
    path("failed-tasks/", FailedTaskListView.as_view(), name="api-failed-task-list"),
    path("failed-tasks/<uuid:failed_id>/", FailedTaskView.as_view(), name="api-failed-task-detail"),
    path(
        "failed-tasks/<uuid:failed_id>/retry/",
        FailedTaskRetryView.as_view(),
        name="api-failed-task-retry",
    ),
    path(
        "failed-tasks/<uuid:failed_id>/discard/",
        FailedTaskDiscardView.as_view(),
        name="api-failed-task-discard",
    ),
    path("favourites/", FavouriteListView.as_view(), name="api-favourite-list"),
    path(
        "favourites/<str:kind>/<str:code>/",
        FavouriteView.as_view(),
        name="api-favourite-detail",
    ),
    path("recent-items/", RecentItemListView.as_view(), name="api-recent-item-list"),
    path("mails/", MailListView.as_view(), name="api-mail-list"),
    path("mails/<uuid:mail_id>/", MailView.as_view(), name="api-mail-detail"),
    path("mails/<uuid:mail_id>/retry/", MailRetryView.as_view(), name="api-mail-retry"),
    path("search/", SearchView.as_view(), name="api-search"),
    path("my-work/", MyWorkView.as_view(), name="api-my-work"),
    path("notifications/", NotificationListView.as_view(), name="api-notification-list"),
    path(
        "notifications/read-all/",
        NotificationsReadAllView.as_view(),
        name="api-notifications-read-all",
    ),
    path(
        "notifications/unread-again/",
        NotificationsUnreadAgainView.as_view(),
        name="api-notifications-unread-again",
    ),
    path(
        "notifications/<uuid:notice_id>/",
        NotificationView.as_view(),
        name="api-notification-detail",
    ),
    path(
        "notifications/<uuid:notice_id>/read/",
        NotificationReadView.as_view(),
        name="api-notification-read",
    ),
    path(
        "notifications/<uuid:notice_id>/unread/",
        NotificationUnreadView.as_view(),
        name="api-notification-unread",
    ),
    path(
        "notification-settings/",
        NotificationSettingsView.as_view(),
        name="api-notification-settings",
    ),
    path("scheduled-tasks/", ScheduledTaskListView.as_view(), name="api-scheduled-task-list"),
    path("calendar/", CalendarView.as_view(), name="api-calendar"),
    path("calendar-versions/", CalendarVersionListView.as_view(), name="api-calendar-version-list"),
    path(
        "calendar-versions/<int:number>/",
        CalendarVersionView.as_view(),
        name="api-calendar-version-detail",
    ),
    path(
        "calendar-versions/<int:number>/publish/",
        CalendarPublicationView.as_view(),
        name="api-calendar-version-publish",
    ),
    *master_data_urls(),
    path("forums/<str:code>/members/", SeatListView.as_view(), name="api-seat-list"),
    path("forums/<str:code>/members/<uuid:person_id>/", SeatView.as_view(), name="api-seat-detail"),
    path(
        "forums/<str:code>/members/<uuid:person_id>/confirm/",
        SeatConfirmView.as_view(),
        name="api-seat-confirm",
    ),
    path(
        "forums/<str:code>/members/<uuid:person_id>/refuse/",
        SeatRefuseView.as_view(),
        name="api-seat-refuse",
    ),
    path("saved-views/", SavedViewListView.as_view(), name="api-saved-view-list"),
    path("saved-views/<uuid:view_id>/", SavedViewView.as_view(), name="api-saved-view-detail"),
    path(
        "saved-views/<uuid:view_id>/restore/",
        SavedViewRestoreView.as_view(),
        name="api-saved-view-restore",
    ),
    path(
        "saved-views/<uuid:view_id>/prefer/",
        SavedViewPreferenceView.as_view(),
        name="api-saved-view-prefer",
    ),
    path("audit-events/", AuditEventListView.as_view(), name="api-audit-event-list"),
]

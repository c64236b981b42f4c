"""The words of histories of what people arrange for themselves: notices, views, bulk edits."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction

A = AuditAction

OF_ONESELF: dict[str, StrOrPromise] = {
    A.NOTICE_CHOSEN: _("%(actor)s chose how %(subject)s is told: «%(notice)s», %(delivery)s"),
    A.NOTICE_HOURS_CHANGED: _("%(actor)s changed the hours of mails to %(subject)s"),
    A.BULK_EDIT_APPLIED: _(
        "%(actor)s changed many measures at once (%(subject)s): %(changed)s of them"
    ),
    A.BULK_EDIT_UNDONE: _(
        "%(actor)s took a change of many measures (%(subject)s) back: %(changed)s of them"
    ),
    A.SAVED_VIEW_CREATED: _("%(actor)s saved the view «%(subject)s»"),
    A.SAVED_VIEW_CHANGED: _("%(actor)s changed the saved view «%(subject)s»"),
    A.SAVED_VIEW_DELETED: _("%(actor)s deleted the saved view «%(subject)s»"),
    A.SAVED_VIEW_RESTORED: _("%(actor)s restored the saved view «%(subject)s»"),
    A.SAVED_VIEW_CHOSEN: _("%(actor)s chose whether a page opens with «%(subject)s»"),
}

FIELDS_OF_ONESELF: dict[str, StrOrPromise] = {
    "notice": _("notification"),
    "delivery": _("by mail"),
    "quiet_from": _("quiet from"),
    "quiet_until": _("quiet until"),
    "digest_hour": _("hour of the daily mail"),
    "view_page": _("page"),
    "is_shared": _("shared with everybody"),
    "is_preferred": _("opens first"),
}

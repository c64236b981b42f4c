"""How one wants to be told: by mail at once, daily or never, and in which hours."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.errors import NotVisible
from governance.notifications.choices import Delivery, NoticeGroup
from governance.notifications.registry import kinds
from governance.notifications.rules import HOURS_IN_DAY, Hours
from governance.notifications.selectors import Wishes, wishes_of
from governance.notifications.services_choices import Asked, notice_wishes_change
from governance.pages.crumbs import status_of
from governance.ui.parts import Crumb
from governance.web.forms import VersionedForm, refusals_in
from governance.web.requests import TenantRequest


class HourField(forms.TimeField):
    """A time of day to the minute, chosen with the browser's own control."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
        super().__init__(
            required=False, widget=widget, input_formats=["%H:%M", "%H:%M:%S"], **kwargs
        )


class WishesForm(VersionedForm):
    """One choice per kind, and the hours."""

    quiet_from = HourField(label=gettext_lazy("Quiet from"))
    quiet_until = HourField(
        label=gettext_lazy("Quiet until"),
        help_text=gettext_lazy(
            "Mails at once wait until then; they may go over midnight. Empty for none."
        ),
    )
    digest_hour = forms.TypedChoiceField(
        label=gettext_lazy("Daily mail from"),
        choices=[(hour, f"{time(hour):%H:%M}") for hour in range(HOURS_IN_DAY)],
        coerce=int,
        help_text=gettext_lazy("On business days; none where there is nothing new."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds():
            self.fields[kind.code] = forms.ChoiceField(
                label=str(kind.label),
                choices=[(one.value, one.label) for one in kind.choices()],
                help_text="" if kind.may_be_off else _("Cannot be turned off."),
            )

    @classmethod
    def over(cls, wishes: Wishes) -> "WishesForm":
        hours = wishes.hours
        return cls(
            initial={
                "seen_version": wishes.version,
                "quiet_from": hours.quiet_from,
                "quiet_until": hours.quiet_until,
                "digest_hour": hours.digest_hour,
                **{code: said.value for code, said in wishes.deliveries.items()},
            }
        )

    @property
    def asked(self) -> Asked:
        data = self.cleaned_data
        return Asked(
            deliveries={kind.code: Delivery(data[kind.code]) for kind in kinds()},
            hours=Hours(data["quiet_from"], data["quiet_until"], data["digest_hour"]),
        )

    def groups(self) -> list[dict[str, Any]]:
        """The choices by what they are about."""
        found = [
            {
                "label": group.label,
                "fields": [self[kind.code] for kind in kinds() if kind.group is group],
            }
            for group in NoticeGroup
        ]
        return [group for group in found if group["fields"]]


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """One's own choices, saved together."""
    by = request.actor
    if by.membership_id is None:
        raise NotVisible
    form = WishesForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        with refusals_in(form):
            seen = form.cleaned_data["seen_version"]
            notice_wishes_change(asked=form.asked, seen_version=seen, by=by)
            messages.success(request, _("Your choices are saved."))
            return redirect("governance:notification-settings", tenant_slug)
    shown = form or WishesForm.over(wishes_of(by.membership_id))
    inbox = Crumb(_("Notifications"), reverse("governance:notifications", args=[tenant_slug]))
    context = {
        "form": shown,
        "hour_fields": [shown[name] for name in ("quiet_from", "quiet_until", "digest_hour")],
        "groups": shown.groups(),
        "breadcrumbs": [inbox, Crumb(_("By mail"))],
    }
    return render(request, "governance/notice_settings.html", context, status=status_of(shown))

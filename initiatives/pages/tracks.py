"""The small form that puts a measure on the light track and back."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from governance.errors import Conflict, Refused
from governance.people.choices import Permission
from governance.web.forms import VersionedForm
from governance.web.refusals import TEXTS, refusal_text
from governance.web.requests import TenantRequest
from initiatives.gates.tracks import track_refusal, track_set
from initiatives.pages.frame import measure_crumbs, measure_url
from initiatives.selectors import measure_by_code
from initiatives.stage_models.choices import Track

OK, UNPROCESSABLE = 200, 422


class TrackForm(VersionedForm):
    """Which ladder a measure climbs."""

    track = forms.ChoiceField(
        label=gettext_lazy("Track"),
        choices=Track.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The light track skips Detailed: one gate then carries the demands and signatures of "
            "both. It is for small measures; those of one owner in one package count together."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def measure_track(request: TenantRequest, tenant_slug: str, code: str) -> HttpResponse:
    """Choose the track of a measure that is still Identified."""
    measure = measure_by_code(code, by=request.actor)
    request.actor.require(Permission.MEASURE_SET_JUDGES, measure.path)
    status, url = OK, measure_url(measure, request.tenant)
    if request.method == "POST":
        form, status = TrackForm(request.POST), UNPROCESSABLE
        if form.is_valid():
            data = form.cleaned_data
            try:
                track_set(
                    measure=measure,
                    track=Track(data["track"]),
                    seen_version=data["seen_version"],
                    by=request.actor,
                )
            except (Refused, Conflict) as error:
                form.add_error(None, refusal_text(error))
                status = error.status
            else:
                messages.success(request, _("The track was set."))
                return redirect(url)
    else:
        form = TrackForm(initial={"track": measure.track, "seen_version": measure.version})
    other = Track.LIGHT if measure.track == Track.STANDARD else Track.STANDARD
    reason = track_refusal(measure, other)
    context = {
        "form": form,
        "measure": measure,
        "url": url,
        "reason": str(TEXTS[reason]) if reason else "",
        "breadcrumbs": measure_crumbs(measure, _("Track"), request=request),
    }
    return render(request, "initiatives/measure_track.html", context, status=status)

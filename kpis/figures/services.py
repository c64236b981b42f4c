"""Stating a light otherwise than it is derived, with a reason, for one reporting period."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from governance.audit.choices import AuditAction
from governance.audit.services import record
from governance.calendars.selectors import today_of
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.text import text_fault
from initiatives.choices import Stage
from initiatives.gates.editing import measure_for_edit
from initiatives.models import Measure
from initiatives.rules import may_report, plan_is_frozen
from initiatives.selectors import hands_at, measure_by_code
from initiatives.services import measure_subject
from kpis.figures.choices import STATED, Lamp, LightName
from kpis.figures.lighting import last_day_stated, lights_of
from kpis.figures.models import LightOverride

REASON_LENGTH = 1_000


@transaction.atomic
def light_state(
    *,
    measure: Measure,
    light: LightName,
    stated: str,
    reason: str,
    by: Actor,
    expires_on: date | None = None,
) -> LightOverride:
    """Say that a light is another than derived, up to the end of the reporting period at most.

    Without a day of its own it counts that long; both lights stay visible (section 7). Raises
    `Forbidden`, `Conflict("no_light_yet")` before T3, where nothing is derived yet,
    `Conflict("measure_closed")` and the like, `Invalid` by field.
    """
    by.require(Permission.TREE_VIEW, measure.path)
    if by.membership_id is None or not may_report(hands_at(measure, by)):
        raise Forbidden
    by.require_write_token(Permission.MEASURE_EDIT)
    locked = measure_for_edit(measure.pk)
    if not plan_is_frozen(Stage(locked.stage)):
        raise Conflict("no_light_yet")
    tenant = Tenant.objects.get(pk=measure.tenant_id)
    derived = lights_of(measure_by_code(measure.code, by=by), tenant).light(light).derived
    last = last_day_stated(measure.path, tenant)
    _check(derived, stated, reason)
    _check_day(expires_on, today_of(tenant), last)
    row: LightOverride = LightOverride.objects.create(
        measure=locked,
        light=light,
        derived=derived,
        stated=stated,
        reason=reason.strip(),
        stated_by_id=by.membership_id,
        expires_on=expires_on or last,
    )
    changes = {
        "light": [None, str(light.value)],
        "stated": [derived.value, stated],
        "expires_on": [None, row.expires_on.isoformat()],
    }
    subject = measure_subject(locked)
    record(AuditAction.LIGHT_STATED, subject=subject, by=by, changes=changes, reason=row.reason)
    return row


def _check_day(expires_on: date | None, today: date, last: date) -> None:
    if expires_on is not None and not today <= expires_on <= last:
        text = _("Choose a day from today to %(day)s: a stated light lasts one reporting period.")
        raise Invalid({"expires_on": [text % {"day": last.isoformat()}]})


def _check(derived: Lamp, stated: str, reason: str) -> None:
    errors = {}
    if stated not in STATED:
        errors["stated"] = [_("State green, amber or red.")]
    elif stated == derived:
        errors["stated"] = [_("The light is derived to be this already.")]
    if fault := text_fault(reason.strip(), limit=REASON_LENGTH):
        errors["reason"] = [str(fault)]
    if errors:
        raise Invalid(errors)

"""The words of histories: sentences of actions, names of subjects, fields and values."""

from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.labels_oneself import FIELDS_OF_ONESELF, OF_ONESELF

A = AuditAction

# %(noun)s stands without an article, so that a translation need not know its gender. Other names
# in brackets are fields of the event's changes, which the sentence says and does not list again.
SENTENCES: dict[str, StrOrPromise] = {
    A.TENANT_CREATED: _("%(actor)s set up the tenant %(subject)s"),
    A.TENANT_CHANGED: _("%(actor)s changed the settings of %(subject)s"),
    A.MEMBERSHIP_CREATED: _("%(actor)s added %(subject)s"),
    A.MEMBERSHIP_CHANGED: _("%(actor)s changed the membership of %(subject)s"),
    A.MEMBERSHIP_ENDED: _("%(actor)s ended the membership of %(subject)s"),
    A.ROLE_GRANTED: _("%(actor)s granted %(subject)s the role %(role)s on %(node)s"),
    A.ROLE_PROPOSED: _(
        "%(actor)s granted %(subject)s the role %(role)s on %(node)s, to be confirmed by another"
    ),
    A.ROLE_CONFIRMED: _("%(actor)s confirmed the role %(role)s of %(subject)s on %(node)s"),
    A.ROLE_REFUSED: _("%(actor)s refused %(subject)s the role %(role)s on %(node)s"),
    A.ROLE_REVOKED: _("%(actor)s took the role %(role)s on %(node)s from %(subject)s"),
    A.TOKEN_CREATED: _("%(actor)s created the API token %(subject)s"),
    A.TOKEN_REVOKED: _("%(actor)s revoked the API token %(subject)s"),
    A.MASTER_DATA_CREATED: _("%(actor)s added %(noun)s %(subject)s"),
    A.MASTER_DATA_CHANGED: _("%(actor)s changed %(noun)s %(subject)s"),
    A.MASTER_DATA_DEACTIVATED: _("%(actor)s deactivated %(noun)s %(subject)s"),
    A.MASTER_DATA_ACTIVATED: _("%(actor)s activated %(noun)s %(subject)s"),
    A.MASTER_DATA_DELETED: _("%(actor)s took back %(noun)s %(subject)s, which nobody used"),
    A.FORUM_MEMBER_ADDED: _("%(actor)s gave %(member)s a seat in %(subject)s"),
    A.FORUM_MEMBER_PROPOSED: _(
        "%(actor)s gave %(member)s a seat in %(subject)s; another member confirms it"
    ),
    A.FORUM_MEMBER_CONFIRMED: _("%(actor)s confirmed the seat of %(member)s in %(subject)s"),
    A.FORUM_MEMBER_REFUSED: _("%(actor)s refused %(member)s the seat in %(subject)s"),
    A.FORUM_MEMBER_REMOVED: _("%(actor)s took the seat of %(member)s in %(subject)s back"),
    A.CALENDAR_PROPOSED: _("%(actor)s proposed version %(subject)s of the calendar"),
    A.CALENDAR_PUBLISHED: _("%(actor)s published version %(subject)s of the calendar"),
    A.CALENDAR_WITHDRAWN: _("%(actor)s withdrew the proposed version %(subject)s of the calendar"),
    A.NODE_CREATED: _("%(actor)s created %(noun)s %(subject)s"),
    A.NODE_CHANGED: _("%(actor)s changed %(noun)s %(subject)s"),
    A.NODE_MOVED: _("%(actor)s moved %(noun)s %(subject)s"),
    A.NODE_DELETED: _("%(actor)s deleted %(noun)s %(subject)s"),
    A.MEASURE_CREATED: _("%(actor)s created the measure %(subject)s"),
    A.MEASURE_CHANGED: _("%(actor)s changed the measure %(subject)s"),
    A.MEASURE_MOVED: _("%(actor)s moved the measure %(subject)s"),
    A.MEASURE_DELETED: _("%(actor)s deleted the measure %(subject)s"),
    A.MEASURE_STAGE_CHANGED: _("A decision moved %(subject)s; the last vote was of %(actor)s"),
    A.REQUEST_SUBMITTED: _("%(actor)s asked for a decision on %(subject)s: %(transition)s"),
    A.REQUEST_WITHDRAWN: _("%(actor)s withdrew the request on %(subject)s: %(transition)s"),
    A.REQUEST_VOIDED: _("The request on %(subject)s became void by %(actor)s: %(transition)s"),
    A.REQUEST_DECIDED: _(
        "%(actor)s decided with the last vote on %(subject)s: %(transition)s, %(outcome)s"
    ),
    A.REQUEST_REMINDED: _("%(actor)s reminded of the request on %(subject)s: %(transition)s"),
    A.REQUEST_ESCALATED: _("%(actor)s escalated the request on %(subject)s: %(transition)s"),
    A.ESCALATION_OPENED: _("%(actor)s noticed that %(subject)s is overdue"),
    A.ESCALATION_CLIMBED: _("%(actor)s brought %(subject)s to level %(level)s: %(tier)s"),
    A.ESCALATION_STOPPED: _("%(actor)s stopped the clock of %(subject)s: it is on hold"),
    A.ESCALATION_RESUMED: _("%(actor)s let the clock of %(subject)s run on"),
    A.ESCALATION_ENDED: _("%(actor)s ended the escalation of %(subject)s: %(end_reason)s"),
    A.ESCALATION_POLICY_PROPOSED: _(
        "%(actor)s proposed version %(subject)s of the escalation policies"
    ),
    A.ESCALATION_POLICY_PUBLISHED: _(
        "%(actor)s published version %(subject)s of the escalation policies"
    ),
    A.ESCALATION_POLICY_WITHDRAWN: _(
        "%(actor)s withdrew the proposed version %(subject)s of the escalation policies"
    ),
    A.REQUEST_RECUSED: _("%(actor)s stepped back from the request on %(subject)s: %(transition)s"),
    A.VOTE_CAST: _("%(actor)s voted on %(subject)s: %(transition)s, %(outcome)s"),
    A.CONDITION_SET: _("%(actor)s set a condition on %(subject)s: %(condition)s"),
    A.CONDITION_ACCEPTED: _("%(actor)s accepted a condition of %(subject)s: %(condition)s"),
    A.CONDITION_LAPSED: _("%(actor)s noted a condition of %(subject)s not met: %(condition)s"),
    A.EXCEPTION_OPENED: _("%(actor)s opened the exception %(subject)s on %(about)s"),
    A.EXCEPTION_ASSIGNED: _("%(actor)s assigned the exception %(subject)s to %(owner)s"),
    A.EXCEPTION_ASKED: _("%(actor)s asked for the decision of the exception %(subject)s"),
    A.EXCEPTION_CLIMBED: _("Nobody answered in time: %(actor)s moved %(subject)s one tier up"),
    A.EXCEPTION_DECIDED: _("%(actor)s decided the exception %(subject)s: %(outcome)s"),
    A.EXCEPTION_VERIFIED: _("%(actor)s verified what was decided of the exception %(subject)s"),
    A.EXCEPTION_EASED: _("%(actor)s noted that the cause of the exception %(subject)s has gone"),
    A.DELEGATION_GIVEN: _("%(actor)s gave the voice of %(subject)s at %(node)s to %(delegate)s"),
    A.DELEGATION_REVOKED: _("%(actor)s ended the delegation of %(subject)s to %(delegate)s"),
    A.CRITERION_ATTESTED: _("%(actor)s attested a criterion of %(subject)s: %(criterion)s"),
    A.TRACK_CHANGED: _("%(actor)s changed the track of %(subject)s"),
    A.STAGE_MODEL_PROPOSED: _("%(actor)s proposed the stage model %(subject)s"),
    A.STAGE_MODEL_PUBLISHED: _("%(actor)s published the stage model %(subject)s"),
    A.STAGE_MODEL_DISCARDED: _("%(actor)s discarded the draft %(subject)s"),
    A.STATUS_REPORT_ADDED: _("%(actor)s reported the status of %(subject)s"),
    A.STATUS_REPORT_CHANGED: _("%(actor)s corrected the reported status of %(subject)s"),
    A.STATUS_REPORT_REMOVED: _("%(actor)s removed a reported status of %(subject)s"),
    A.DOCUMENT_ADDED: _("%(actor)s added the document «%(document)s» to %(subject)s"),
    A.DOCUMENT_RENEWED: _("%(actor)s added a version of «%(document)s» to %(subject)s"),
    A.DOCUMENT_WITHDRAWN: _("%(actor)s withdrew the document «%(document)s» of %(subject)s"),
    A.MILESTONE_ADDED: _("%(actor)s added the milestone «%(milestone)s» to %(subject)s"),
    A.MILESTONE_CHANGED: _("%(actor)s changed the milestone «%(milestone)s» of %(subject)s"),
    A.MILESTONE_REMOVED: _("%(actor)s removed the milestone «%(milestone)s» from %(subject)s"),
    A.MILESTONE_DONE: _("%(actor)s said that «%(milestone)s» of %(subject)s is done"),
    A.MILESTONE_ACCEPTED: _("%(actor)s accepted the milestone «%(milestone)s» of %(subject)s"),
    A.MILESTONE_RETURNED: _("%(actor)s gave the milestone «%(milestone)s» of %(subject)s back"),
    A.METRIC_CREATED: _("%(actor)s added the metric %(subject)s"),
    A.METRIC_CHANGED: _("%(actor)s changed the metric %(subject)s"),
    A.RATES_PROPOSED: _("%(actor)s proposed exchange rates (%(subject)s)"),
    A.RATES_CONFIRMED: _("%(actor)s confirmed exchange rates (%(subject)s)"),
    A.RATES_REFUSED: _("%(actor)s refused exchange rates (%(subject)s)"),
    A.RATES_WITHDRAWN: _("%(actor)s withdrew proposed exchange rates (%(subject)s)"),
    A.TARGET_PROPOSED: _("%(actor)s proposed a target of %(subject)s"),
    A.TARGET_APPROVED: _("%(actor)s approved a target of %(subject)s"),
    A.TARGET_REFUSED: _("%(actor)s refused a target of %(subject)s"),
    A.TARGET_WITHDRAWN: _("%(actor)s withdrew a proposed target of %(subject)s"),
    A.VALUE_SETTINGS_PROPOSED: _("%(actor)s proposed version %(subject)s of the value settings"),
    A.VALUE_SETTINGS_PUBLISHED: _("%(actor)s published version %(subject)s of the value settings"),
    A.VALUE_SETTINGS_WITHDRAWN: _(
        "%(actor)s withdrew the proposed version %(subject)s of the value settings"
    ),
    A.PERIOD_SUBMITTED: _("The claims of %(subject)s ended, by %(actor)s"),
    A.PERIOD_LOCKED: _("%(subject)s was locked, by %(actor)s"),
    A.PERIOD_REOPENED: _("%(actor)s opened the claims of %(subject)s again"),
    A.RESTATEMENT_PROPOSED: _("%(actor)s proposed to restate %(month)s of %(subject)s"),
    A.RESTATEMENT_APPROVED: _("%(actor)s approved the restatement of %(month)s of %(subject)s"),
    A.RESTATEMENT_REFUSED: _("%(actor)s refused to restate %(month)s of %(subject)s"),
    A.RESTATEMENT_WITHDRAWN: _("%(actor)s withdrew the restatement of %(month)s of %(subject)s"),
    A.EFFECT_CREATED: _("%(actor)s added an effect to %(subject)s"),
    A.EFFECT_CHANGED: _("%(actor)s changed an effect of %(subject)s"),
    A.EFFECT_DELETED: _("%(actor)s deleted an effect of %(subject)s"),
    A.REPORTING_CALENDAR_PROPOSED: _(
        "%(actor)s proposed version %(subject)s of the reporting calendars"
    ),
    A.REPORTING_CALENDAR_PUBLISHED: _(
        "%(actor)s published version %(subject)s of the reporting calendars"
    ),
    A.REPORTING_CALENDAR_WITHDRAWN: _(
        "%(actor)s withdrew the proposed version %(subject)s of the reporting calendars"
    ),
    A.PERIOD_REPORT_SIGNED: _("%(actor)s signed report %(report)s of %(noun)s %(subject)s"),
    A.LIGHT_STATED: _("%(actor)s stated a light of %(subject)s otherwise than derived"),
    A.VALUES_VERIFIED: _("%(actor)s checked the figures of %(subject)s against their cells"),
    A.REPORTS_VERIFIED: _("%(actor)s checked the signed reports of %(subject)s"),
    A.ROLL_UPS_VERIFIED: _("%(actor)s checked the roll-ups of %(subject)s against the facts"),
    A.VALUES_CHANGED: _("%(actor)s changed values of %(subject)s"),
    A.ACTUAL_VALIDATED: _("%(actor)s judged an actual claimed for %(subject)s: %(outcome)s"),
    A.ADJUSTMENT_CONFIRMED: _("%(actor)s confirmed an adjustment of an actual of %(subject)s"),
    A.VARIANCE_EXPLAINED: _("%(actor)s explained a variance of %(subject)s"),
    A.BASELINE_FROZEN: _("The plan of %(subject)s was frozen as baseline by %(actor)s"),
    A.OBJECTIVE_CREATED: _("%(actor)s added the objective %(subject)s"),
    A.OBJECTIVE_DELETED: _("%(actor)s deleted the objective %(subject)s"),
    A.KPI_CREATED: _("%(actor)s added the KPI %(subject)s"),
    A.KPI_CHANGED: _("%(actor)s changed the KPI %(subject)s"),
    A.KPI_DELETED: _("%(actor)s deleted the KPI %(subject)s"),
    A.KPI_VALUES_CHANGED: _("%(actor)s changed values of the KPI %(subject)s"),
    A.IMPORT_APPLIED: _("%(actor)s imported %(subject)s"),
    A.IMPORT_UNDONE: _("%(actor)s took the import of %(subject)s back"),
    A.EXPORT_MADE: _(
        "%(actor)s exported the list %(list)s as %(format)s, file %(subject)s (rows: %(rows)s)"
    ),
    A.TASK_FAILED: _(
        "%(actor)s gave the background task «%(task)s» up (tries: %(tries)s): %(exception)s"
    ),
    A.TASK_RETRIED: _("%(actor)s had the background task «%(task)s» tried again"),
    A.TASK_DISCARDED: _("%(actor)s discarded the background task «%(task)s»"),
    A.MAIL_RETRIED: _("%(actor)s had the failed mail to %(subject)s tried again"),
    **OF_ONESELF,
}

SUBJECTS: dict[str, StrOrPromise] = {
    "tenant": _("tenant"),
    "membership": _("person"),
    "api_token": _("API token"),
    "businessunit": _("business unit"),
    "function": _("function"),
    "legalentity": _("legal entity"),
    "forum": _("forum"),
    "calendar": _("calendar"),
    "portfolio": _("portfolio"),
    "program": _("program"),
    "project": _("project"),
    "measure_package": _("measure package"),
    "measure": _("measure"),
    "stage_model": _("stage model"),
    "metric": _("metric"),
    "rates": _("exchange rates"),
    "value_settings": _("value settings"),
    "escalation": _("escalation"),
    "escalation_policy": _("escalation policies"),
    "reporting_calendar": _("reporting calendar"),
    "period": _("period"),
    "objective": _("objective"),
    "kpi": _("KPI"),
    "import": _("import"),
    "export": _("export"),
    "failed_task": _("background task"),
    "mail": _("mail"),
    "exception": _("exception"),
    "saved_view": _("saved view"),
    "bulk_edit": _("change of many measures"),
}

FIELDS: dict[str, StrOrPromise] = {
    "name": _("name"),
    "code": _("code"),
    "task": _("task"),
    "tries": _("tries"),
    "exception": _("error"),
    **FIELDS_OF_ONESELF,
    "description": _("description"),
    "email": _("e-mail address"),
    "kind": _("kind"),
    "firm": _("firm"),
    "valid_until": _("until"),
    "role": _("role"),
    "node": _("place in the tree"),
    "member": _("member"),
    "seat": _("seat"),
    "quorum": _("quorum"),
    "working_days": _("working days"),
    "holidays": _("holidays"),
    "scopes": _("scopes"),
    "expires_at": _("expires"),
    "person": _("person"),
    "currency": _("currency"),
    "fiscal_year_start": _("start of the fiscal year"),
    "language": _("language"),
    "time_zone": _("time zone"),
    "parent": _("parent"),
    "owner": _("owner"),
    "sponsor": _("sponsor"),
    "controller": _("controller"),
    "business_unit": _("business unit"),
    "function": _("function"),
    "legal_entity": _("legal entity"),
    "forum": _("steering committee"),
    "measure_package": _("measure package"),
    "project": _("project"),
    "planned_start": _("planned start"),
    "planned_end": _("planned end"),
    "stage": _("stage"),
    "overlay": _("state"),
    "transition": _("transition"),
    "request": _("request"),
    "snapshot_hash": _("hash of the snapshot"),
    "policy": _("stage model"),
    "outcome": _("outcome"),
    "part": _("part"),
    "reason_code": _("reason"),
    "confirmed_amount": _("confirmed amount"),
    "on_behalf_of": _("on behalf of"),
    "condition": _("condition"),
    "due_on": _("due on"),
    "about": _("about"),
    "category": _("category"),
    "exception_tier": _("tier"),
    "ask": _("decision asked for"),
    "options": _("options"),
    "delegate": _("delegate"),
    "starts_on": _("from"),
    "ends_on": _("until"),
    "escalated_to": _("escalated to"),
    "level": _("level"),
    "tier": _("part"),
    "told": _("told"),
    "end_reason": _("how it ended"),
    "criterion": _("criterion"),
    "track": _("track"),
    "version": _("version"),
    "state": _("state"),
    "receiver": _("receiving line manager"),
    "calculation_method": _("calculation method"),
    "reported_on": _("day of the report"),
    "rater": _("rated by"),
    "light": _("light"),
    "lights": _("lights"),
    "stated": _("rating as stated"),
    "commentary": _("commentary"),
    "achieved": _("achieved"),
    "next_steps": _("next steps"),
    "decision_needed": _("decision needed"),
    "answers_on": _("answers the period due on"),
    "weekday": _("weekday"),
    "business_day": _("business day of the month"),
    "due_time": _("due time"),
    "grace_days": _("grace in business days"),
    "title": _("title"),
    "document": _("document"),
    "milestone": _("milestone"),
    "sha256": _("SHA-256"),
    "is_withdrawn": _("withdrawn"),
    "weight": _("weight"),
    "is_critical": _("critical"),
    "plan_on": _("planned day"),
    "forecast_on": _("expected day"),
    "actual_on": _("day done"),
    "acceptor": _("accepted by"),
    "evidence": _("evidence"),
    "metric": _("metric"),
    "effect": _("effect"),
    "difference": _("difference"),
    "expires_on": _("until"),
    "effect_class": _("class"),
    "series": _("series"),
    "cells": _("values"),
    "cause": _("cause"),
    "fiscal_year": _("fiscal year"),
    "forecast": _("forecast"),
    "variance_code": _("reason for the variance"),
    "run_rate_start": _("start of the run-rate"),
    "month": _("month"),
    "amount": _("amount"),
    "needs_second": _("second signature needed"),
    "booked_in": _("month booked"),
    "delta": _("difference to be added"),
    "variance_percent": _("per cent that demand a reason"),
    "variance_amount": _("amount that demands a reason"),
    "change_percent": _("per cent that demand a change request"),
    "change_amount": _("amount that demands a change request"),
    "claim_day": _("working day after which claims lock"),
    "validation_day": _("working day after which months lock"),
    "closes_from": _("first month that closes"),
    "sustain_months": _("months of the sustain period"),
    "sustain_percent": _("tolerance of a sustain shortfall in per cent"),
    "baseline": _("baseline"),
    "unit": _("unit"),
    "is_monetary": _("amounts of money"),
    "sign": _("better is"),
    "pl_line": _("line of the statements"),
    "aggregation": _("aggregation"),
    "source": _("source"),
    "objective": _("objective"),
    "direction": _("direction"),
    "rhythm": _("rhythm"),
    "decimals": _("decimals"),
    "notes": _("notes"),
    "data_source": _("data source"),
    "update_owner": _("update owner"),
    "is_active": _("active"),
    "target": _("target"),
    "gap_owner": _("owner of the gap"),
    "actual": _("actual"),
    "band_low": _("lower limit"),
    "band_high": _("upper limit"),
    "note": _("note"),
    "file": _("file"),
    "rows": _("rows"),
    "list": _("list"),
    "format": _("format"),
    "filters": _("filters"),
    "headline_metric": _("headline metric"),
    "source_note": _("note on the source"),
    "created": _("created"),
    "changed": _("changed"),
    "unchanged": _("unchanged"),
    "create": _("created"),
    "change": _("changed"),
    "skipped": _("skipped"),
    "refused": _("refused"),
}

VIA: dict[str, StrOrPromise] = {
    "page": _("in the browser"),
    "api": _("through the API"),
    "command": _("by command"),
    "worker": _("by a worker"),
}


class Words(Protocol):
    """A closed list such as `Role`, with values and labels."""

    @property
    def choices(self) -> Iterable[tuple[str, StrOrPromise]]: ...


_values: dict[str, dict[str, StrOrPromise]] = {}


def name_values(field: str, words: Words) -> None:
    """Show the values of a field by the labels of a closed list; apps call it in `ready()`."""
    _values.setdefault(field, {}).update(dict(words.choices))


def field_label(field: str) -> str:
    """A field's name for people; one that the table does not know is spelled out."""
    return str(FIELDS.get(field) or field.replace("_", " "))


def value_label(field: str, value: str) -> str:
    """A value's name for people: a label where the field has a closed list, else the value."""
    return str(_values.get(field, {}).get(value, value))


def subject_noun(subject_type: str) -> str:
    return str(SUBJECTS.get(subject_type) or subject_type.replace("_", " "))

"""What each refusal code says to a person, in their language, with what to do about it."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import DomainError

TEXTS: dict[str, StrOrPromise] = {
    "not_found": _("There is nothing here for you. Check the address, or ask for access."),
    "forbidden": _("You can see this, but your roles do not let you change it."),
    "audit_needs_root": _(
        "The audit trail covers the whole tenant; your role covers a part of the tree. "
        "Open the history of an object there instead."
    ),
    "token_read_only": _("This token may only read. Use one with the scope «write»."),
    "tokens_are_personal": _("Tokens are personal: you can only create one for yourself."),
    "unauthenticated": _("Sign in, or send a token."),
    "bad_token": _("The token is unknown, expired or revoked."),
    "invalid": _("Correct the fields named below and try again; nothing was saved."),
    "bad_request": _("The request could not be understood; nothing was changed."),
    "busy": _("Somebody else is saving the same thing right now. Try again in a moment."),
    "too_large": _("The request is larger than this page accepts; nothing was saved."),
    "precondition_required": _("Send If-Match with the version you have seen."),
    "conflict": _("This conflicts with something that was saved before."),
    "changed_meanwhile": _("Somebody changed this since it was checked; nothing was written."),
    "slug_taken": _("A tenant with this short name exists already."),
    "code_taken": _("This code is in use already."),
    "seat_taken": _("This person already sits in the forum."),
    "already_a_member": _("This person is a member of the tenant already."),
    "calendar_proposed": _(
        "A proposed calendar waits for its publication already; publish or withdraw that first."
    ),
    "calendar_not_proposed": _(
        "Only a proposed version is published or withdrawn; this one is not."
    ),
    "task_not_dead": _("This task is no dead letter any more; look at what became of it."),
    "mail_not_failed": _("Only a mail that failed is tried again; this one did not."),
    "notice_must_arrive": _("Notifications of this kind cannot be turned off."),
    "end_before_start": _("The end cannot come before the start."),
    "changed_since": _("Somebody changed this measure since."),
    "voids_request": _("A request is open on this measure; a change would void it (G3)."),
    "value_gone": _("A person or entry that was chosen is no longer there to choose."),
    "bulk_failed": _("Something broke at this measure and its neighbours; try these again."),
    "bulk_not_checked": _("This change is not waiting to be written."),
    "bulk_not_applied": _("Only a change that was written is undone, and once."),
    "bulk_changes_nothing": _("No measure would change; there is nothing to write."),
    "too_many_measures": _("At most 10,000 measures are changed at once; narrow the list."),
    "view_name_taken": _("You have a view of this name for this page already."),
    "too_many_favourites": _("You have a hundred favourites; take some stars away first."),
    "too_many_views": _("You have saved a hundred views; delete some before you save another."),
    "no_business_day": _("The calendar leaves no business day for ten years."),
    "grant_to_oneself": _("Nobody grants or revokes a role for themselves (S6)."),
    "seat_not_pending": _("This seat does not wait for a confirmation any more."),
    "grant_not_pending": _("This role does not wait for a confirmation any more."),
    "last_administrator": _(
        "This is the last administrator of the tenant; make somebody else administrator first."
    ),
    "consultant_never_decides": _(
        "A consultant prepares and never decides: this role is not for consultants (S7)."
    ),
    "membership_ended": _("This membership has ended."),
    "not_oneself": _("You cannot end your own membership."),
    "owner_is_sponsor": _("Owner and sponsor must be different people (S1)."),
    "controller_is_judged": _(
        "The controller must be neither owner, sponsor nor owner of an effect (S2)."
    ),
    "wrong_parent_level": _("This does not belong at that level of the tree."),
    "move_into_itself": _("A node cannot move into itself or below itself."),
    "move_default": _("The default package stays with its project."),
    "node_not_empty": _("There is still something below this; move or delete that first."),
    "node_has_grants": _("Roles are still granted on this place; revoke them first."),
    "default_stays": _("The default package stays with its project."),
    "root_stays": _("The tenant's root cannot be deleted."),
    "receiver_is_judged": _("The receiving line manager is neither owner nor sponsor (T4)."),
    "change_request_needed": _(
        "A gate was passed on this; it changes only by an approved change request (T15)."
    ),
    "measure_active": _("This measure is active; there is nothing to resume or reinstate."),
    "wrong_stage": _("From this stage the measure cannot go there (G1)."),
    "request_open": _("A request is open on this measure already (G2); decide or withdraw it."),
    "not_ready": _("Some criteria of this gate are not met yet; each says what is missing."),
    "no_route": _("Nobody can decide this here; the route of the stage model leads to nobody."),
    "not_the_requester": _("Only the person who asked takes a request back (T14)."),
    "not_asked": _("No open step of this request asks you."),
    "not_the_decider": _("Only the person who set a condition accepts it as met (T6)."),
    "may_not_request": _("Your part in this measure does not let you ask for this."),
    "already_decided": _("This request was decided already, or you have spoken in it."),
    "voided": _(
        "What this request shows has changed since it was submitted; it is void. Nothing was "
        "decided."
    ),
    "withdrawn": _("This request was withdrawn."),
    "condition_settled": _("This condition was settled already."),
    "exception_not_yours": _(
        "Whoever edits this measure or place, or stands to it as sponsor, opens exceptions on it."
    ),
    "exception_assigned_by_others": _(
        "The transformation office, the owner of a place above or the sponsor assigns exceptions."
    ),
    "exception_asked_by_owner": _("Only the owner of this exception asks for its decision."),
    "exception_decided_by_others": _("Only somebody on the exception's tier decides it (E2)."),
    "exception_nobody_decides": _(
        "Nobody may decide this: name an owner of the places above, or a forum with a chair."
    ),
    "exception_verified_by_others": _(
        "The transformation office or a controller verifies it, never its owner."
    ),
    "exception_ended": _("This exception has ended; it stays as it is."),
    "exception_not_assigned": _("Somebody has to own this exception first."),
    "exception_not_asked": _("Its owner has not asked for a decision yet."),
    "exception_decided": _("This exception was decided already."),
    "exception_not_decided": _("There is nothing to verify before it is decided."),
    "subject_has_exceptions": _(
        "Exceptions were opened on this, so it stays, and with it what became of them."
    ),
    "draft_stands": _("A draft of this stage model waits already; publish or discard it first."),
    "not_a_draft": _("This version is published; it never changes. Propose the next one."),
    "delegation_over": _("This delegation has ended already."),
    "track_too_large": _(
        "This measure is too large for the light track; measures of one owner in one package "
        "that were made within 90 days count together."
    ),
    "no_light_track": _("The stage model of this measure has no light track."),
    "measure_closed": _("This measure is closed; everything in it is locked until it is reopened."),
    "measure_cancelled": _("This measure is cancelled; reinstate it before you change it."),
    "measure_on_hold": _("This measure is on hold (G10); resume it first."),
    "frozen": _("This was frozen by a passed gate (V2); ask for a change request instead."),
    "plan_is_open": _("The plan is not frozen yet; change it in the value grid (V2)."),
    "segregation_of_duties": _("The segregation of duties does not let you do this."),
    "no_light_yet": _("Lights are derived from the decision on, once the plan is frozen."),
    "not_decided": _("Actuals can be claimed from the decision on, once the plan is frozen."),
    "forecast_not_open": _(
        "The forecast opens as a copy of the plan once the measure is Decided (V2)."
    ),
    "past_month": _("Finance has validated some of these months; nothing was saved."),
    "variance_reason_required": _(
        "The forecast leaves the baseline beyond tolerance (V6). Give a reason; nothing was saved."
    ),
    "future_month": _("Some of these months have not begun; nothing was saved."),
    "nothing_claimed": _("Nothing is claimed for this month; there is nothing to validate (V5)."),
    "already_validated": _("Finance has judged this month already; nothing was saved."),
    "claim_changed": _("The claim was changed since you looked at it. Look again before judging."),
    "not_the_controller": _(
        "The measure's named controller validates it, or the head of controlling instead."
    ),
    "not_identified": _("Only a measure that is still Identified can be deleted (H3)."),
    "document_not_yours": _(
        "The owner, the transformation office, a consultant or the named controller brings "
        "documents to this measure."
    ),
    "document_of_another": _(
        "Only the person who added a document or the transformation office withdraws it."
    ),
    "document_withdrawn": _("This document was withdrawn; add a new one instead."),
    "document_is_bound": _("A milestone was accepted on this document; it stays as it is."),
    "document_file_missing": _(
        "The file is not where it was kept. Tell whoever runs this installation."
    ),
    "measure_has_documents": _(
        "Documents are kept for good, so a measure that has some is not deleted."
    ),
    "milestone_not_yours": _(
        "The owner, the transformation office or a consultant keeps the plan of a measure."
    ),
    "milestone_is_done": _(
        "This milestone is said to be done; it changes again once its acceptor gives it back."
    ),
    "milestone_is_accepted": _("This milestone is accepted; it stays as it is."),
    "milestone_not_done": _("Nobody has said yet that this milestone is done."),
    "milestone_has_documents": _("Documents name this milestone as what they prove; it stays."),
    "too_many_milestones": _("A measure has at most 100 milestones; join some of them."),
    "not_the_acceptor": _("Only the person named for it accepts this milestone or gives it back."),
    "acceptor_is_owner": _(
        "A milestone is not accepted by the owner of its measure; name somebody else (S1)."
    ),
    "acceptor_is_doer": _(
        "You are to accept this milestone, so somebody else says that it is done (S1)."
    ),
    "evidence_missing": _("A critical milestone needs evidence; attach a document to it first."),
    "report_taken": _("This rater has a status report of that day already; correct that one."),
    "report_frozen": _("A later status report stands; earlier ones are frozen (R4)."),
    "report_of_another": _(
        "Only the person who added a status report or the transformation office corrects it."
    ),
    "report_changed_since": _(
        "Some of these status reports were changed or removed since; nothing was undone."
    ),
    "idempotency_key_reused": _("This Idempotency-Key was used with another body."),
    "series_not_writable": _("This series is written by its own service only (V5)."),
    "effect_in_use": _("This effect already carries more than a plan; it stays."),
    "import_busy": _("This import has moved on meanwhile. Reload the page."),
    "import_failed": _("Something went wrong on our side; nothing was written. It was recorded."),
    "nothing_to_import": _("No row would create or change anything; there is nothing to import."),
    "rows_refused": _(
        "Some rows are refused. Correct the file and upload it again, or agree to leave them out."
    ),
    "built_upon": _("Somebody built on what this import brought; it cannot be undone any more."),
    "source_key_taken": _("Something with this key from its source exists already."),
    "objective_in_use": _("KPIs or objectives still belong to this; move or delete those first."),
    "reported_meanwhile": _(
        "Somebody reported on this measure meanwhile; look at it, then save again."
    ),
    "reporting_calendar_proposed": _(
        "A proposed reporting calendar waits for publication already; publish or withdraw it first."
    ),
    "reporting_calendar_not_proposed": _(
        "Only a proposed reporting calendar is published or withdrawn; this one is not."
    ),
    "node_has_rhythm": _("This program has a reporting calendar; it stays to keep that on record."),
    "node_has_reports": _("Signed reports of this place exist; it stays to keep them on record."),
    "no_rhythm": _("No reporting calendar holds here, so that there is no period to be signed."),
    "report_period_signed": _("This period was signed already; a correction replaces its report."),
    "report_period_not_open": _(
        "This period cannot be signed: it has not begun, or one after it was due already."
    ),
    "report_not_newest": _("Only the newest report is corrected; this is not the newest one."),
    "figures_changed": _(
        "The figures have changed since you looked at them. Look at them as they are now, "
        "then sign; your words are kept."
    ),
    "consultant_signs_nothing": _("A consultant prepares a report and does not sign it (S7)."),
    "sponsor_reads_the_report": _("The sponsor is who the report is for, and does not sign it."),
    "value_settings_proposed": _(
        "Proposed value settings wait for publication already; publish or withdraw them first."
    ),
    "value_settings_not_proposed": _(
        "Only a proposed version is published or withdrawn; this one is not."
    ),
    "escalation_policy_proposed": _(
        "Proposed escalation policies wait for publication already; publish or withdraw them first."
    ),
    "escalation_policy_not_proposed": _(
        "Only a proposed version is published or withdrawn; this one is not."
    ),
    "period_submitted": _("The claims of this month have ended; finance may open the month again."),
    "period_closed": _(
        "This month is locked. What was claimed may still be validated as claimed; "
        "anything else is a restatement (V4, S8)."
    ),
    "period_not_kept": _(
        "This month is not closed here: it lies before the first month that closes."
    ),
    "period_not_over": _("This month is not over yet."),
    "period_out_of_order": _("The months before this one are locked first."),
    "period_not_submitted": _("Only a month whose claims have ended is opened again."),
    "period_not_open": _("The claims of this month have ended already."),
    "period_not_locked": _("Only a locked month is restated; correct this one by its claim."),
    "booking_closed": _(
        "The month it is booked in has locked meanwhile; propose it again in an open one."
    ),
    "claim_waits": _(
        "A claim of this month waits; validate it as claimed first, then restate it (V4)."
    ),
    "restatement_not_proposed": _("This restatement was decided already."),
    "restatement_waits": _("A restatement of this month waits already; decide that one first."),
    "restatement_of_another": _("Only who proposed a restatement withdraws it."),
    "rate_not_proposed": _("Some of these rates do not wait for confirmation any more."),
    "rate_of_another": _("Only the person who proposed a rate takes it back."),
    "target_not_proposed": _("This target does not wait for approval any more."),
    "target_of_another": _("Only the person who proposed a target takes it back."),
    "gap_owner_left": _(
        "The owner of the gap is no member any more; withdraw this and propose it with another."
    ),
    "node_has_targets": _("Targets were set for this place; it stays to keep them on record."),
    "metric_in_use": _("Effects use this metric; how its amounts are read stays as it is (V1)."),
    "metric_is_headline": _("This is the headline metric of the tenant; it stays in use."),
    "kpi_has_values": _(
        "Values stand in this KPI. Its rhythm can change again once its periods are emptied."
    ),
    "too_many_exports": _("There is no room for more exports; delete some first."),
    "export_not_ready": _("This file is not ready yet, or could not be made."),
    "export_broken": _("The file could not be made, although it was tried several times."),
    "csrf": _("This form's security token is missing or old. Reload the page and try again."),
    "stale": _("If-Match does not name the current version; read it again and repeat the change."),
    "throttled": _("Too many calls in this minute. Wait as long as Retry-After says."),
    "malformed_body": _("The body could not be read as a JSON object; nothing was changed."),
    "method_not_allowed": _("This address does not do that; the header Allow says what it does."),
    "not_acceptable": _("This API answers JSON; accept application/json."),
    "length_required": _("Send the length of the body in Content-Length."),
    "unsupported_media_type": _("Send the body as application/json."),
    "unavailable": _(
        "The database does not answer at the moment. Try again in a few seconds. "
        "If you sent something, look first whether it was saved."
    ),
    "internal_error": _("The error was recorded under this request's id. Please try again later."),
    "bad_cursor": _("This page link is not valid any more. Start from the first page."),
}


def refusal_text(error: DomainError) -> str:
    """The refusal as a sentence: its own detail if it has one, else the text of its code."""
    return str(error.detail or TEXTS.get(error.code) or error.title)

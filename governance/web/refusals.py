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
    "no_business_day": _("The calendar leaves no business day for ten years."),
    "grant_to_oneself": _("Nobody grants or revokes a role for themselves (S6)."),
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
    "controller_is_judged": _("The controller must be neither owner nor sponsor (S2)."),
    "wrong_parent_level": _("This does not belong at that level of the tree."),
    "move_into_itself": _("A node cannot move into itself or below itself."),
    "move_default": _("The default package stays with its project."),
    "node_not_empty": _("There is still something below this; move or delete that first."),
    "node_has_grants": _("Roles are still granted on this place; revoke them first."),
    "default_stays": _("The default package stays with its project."),
    "root_stays": _("The tenant's root cannot be deleted."),
    "measure_closed": _("This measure is closed; everything in it is locked until it is reopened."),
    "measure_cancelled": _("This measure is cancelled; reinstate it before you change it."),
    "measure_on_hold": _("This measure is on hold (G10); resume it first."),
    "frozen": _("This was frozen by a passed gate (V2); ask for a change request instead."),
    "segregation_of_duties": _("The segregation of duties does not let you do this."),
    "not_identified": _("Only a measure that is still Identified can be deleted (H3)."),
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
    "kpi_has_values": _(
        "Values stand in this KPI. Its rhythm can change again once its periods are emptied."
    ),
    "too_many_exports": _("You keep as many exports as there is room for; delete some first."),
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
    "internal_error": _("The error was recorded under this request's id. Please try again later."),
    "bad_cursor": _("This page link is not valid any more. Start from the first page."),
}


def refusal_text(error: DomainError) -> str:
    """The refusal as a sentence: its own detail if it has one, else the text of its code."""
    return str(error.detail or TEXTS.get(error.code) or error.title)

"""Which queue each task waits in: the one table of it."""

INTERACTIVE, BULK, MAIL, UPKEEP = "interactive", "bulk", "mail", "upkeep"
FIGURES = "figures"
QUEUES = (INTERACTIVE, BULK, MAIL, UPKEEP, FIGURES)

# interactive: what follows from somebody's click and is short.
# upkeep: what the scheduler sends every few seconds or minutes. Behind a backlog of other work it
#   would be stale when its turn comes, and nothing sealed or handed over for as long as that lasts.
# mail: a mail server that does not answer holds up nothing but mails.
# figures: a worker that keeps roll-ups current all the time. Each of its tasks goes on for half a
#   minute, so that no change waits for a message.
# bulk: whatever may take minutes; a worker of its own, so that no click waits behind it.
ROUTES: dict[str, str] = {
    # As a nudge after a commit; what the scheduler sends of it goes to upkeep.
    "governance.drain_outbox": INTERACTIVE,
    "governance.seal_audit": UPKEEP,
    "governance.resend_tasks": UPKEEP,
    "governance.heartbeat": UPKEEP,
    "governance.watch_queues": UPKEEP,
    "governance.mail_invitation": MAIL,
    "governance.send_mails": MAIL,
    "governance.tell_of_proposal": INTERACTIVE,
    "governance.gather_digests": UPKEEP,
    "governance.forget_texts": BULK,
    "initiatives.run_clocks": UPKEEP,
    "initiatives.tell_of_request": INTERACTIVE,
    "initiatives.tell_of_reminder": INTERACTIVE,
    "initiatives.tell_of_lapse": INTERACTIVE,
    "approvals.run_escalations": UPKEEP,
    "kpis.settle_periods": UPKEEP,
    "kpis.tell_of_period": INTERACTIVE,
    "approvals.watch_exceptions": UPKEEP,
    "initiatives.review_holds": UPKEEP,
    "kpis.watch_sustain": BULK,
    "exchange.resume_imports": UPKEEP,
    "exchange.resume_exports": UPKEEP,
    "exchange.forget_exports": BULK,
    "exchange.work_import": BULK,
    "initiatives.work_bulk_edit": BULK,
    "initiatives.resume_bulk_edits": UPKEEP,
    "exchange.make_export": BULK,
    "reporting.keep_roll_ups": FIGURES,
    "reporting.drain_roll_ups": UPKEEP,
    "reporting.refresh_roll_ups": UPKEEP,
    "reporting.verify_reports": BULK,
    "reporting.verify_roll_ups": BULK,
    "reporting.verify_values": BULK,
}

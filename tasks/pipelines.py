"""The pipelines: which chain of tasks each event starts.

This module does not import Celery. The intake reads it to write the steps, the dispatcher to publish
the chains.
"""

PIPELINES: dict[str, tuple[str, ...]] = {
    "request_submitted": (
        "triage.categorize_request",
        "stats.refresh_statistics",
    ),
    # Each message in a run of its own: none waits for another.
    "notice_due": ("mail.notify_operators",),
    "receipt_due": ("mail.send_receipt",),
    "link_due": ("mail.send_link",),
    "request_updated": ("stats.refresh_statistics",),
    # It waits while the change can be undone.
    "update_due": ("mail.send_update",),
    # The subject of the second is the timeline entry that has the answer.
    "answer_received": ("stats.refresh_statistics",),
    "rating_given": ("stats.refresh_statistics",),
    "answer_notice_due": ("mail.forward_answer",),
    # The subject is the timeline entry that names the assignee.
    "assignment_due": ("mail.notify_assignee",),
    # An import sends no mail unless asked to, and requests with category and priority need no triage.
    "request_imported": (
        "triage.categorize_request",
        "stats.refresh_statistics",
    ),
    # The embedded engine answered in the AI's place: the AI is asked when it is back.
    "refinement_due": (
        "triage.refine_request",
        "stats.refresh_statistics",
    ),
    "photo_added": ("photos.process_photo",),
    "mail_queued": ("mail.send_queued",),
    # What browsers are told: who is to hear of it, then one run for each browser.
    "alert_due": ("push.queue_alerts",),
    "push_update_due": ("push.queue_updates",),
    # The subject is the timeline entry that names the assignee.
    "push_assignment_due": ("push.queue_assignments",),
    "push_queued": ("push.send_message",),
    "report_due": (
        "reports.build_report",
        "mail.queue_report",
    ),
    # Requests keep the name of whoever has them.
    "user_renamed": ("stats.rename_user",),
    "team_renamed": ("stats.rename_team",),
    "rebuild_due": ("stats.rebuild_statistics",),
    "thinning_due": ("stats.thin_ledger",),
}

"""What each call of the API takes and answers, for the OpenAPI document."""

from dataclasses import dataclass, field

from pydantic import BaseModel

from web import bulk, figures_query, list_query, push_schemas, schemas, team_schemas


@dataclass(frozen=True, slots=True)
class Operation:
    """``answers`` is status to (description, model or None); problems name further statuses.

    ``sends`` are headers of the good answer that others do not have; ``for_browsers`` means that
    errors are pages to who asks for HTML.
    """

    summary: str
    answers: dict[int, tuple[str, type[BaseModel] | None]]
    problems: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_required: bool = True
    content_types: tuple[str, ...] = ("application/json",)
    file_fields: dict[str, bool] = field(default_factory=dict)
    is_list: bool = False
    headers_in: tuple[str, ...] = ()
    answer_type: str = "application/json"
    takes_token: bool = False
    sends: tuple[str, ...] = ()
    for_browsers: bool = False


_FORMS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)

OPERATIONS: dict[str, Operation] = {
    "requests.submit_request": Operation(
        "Report a fault",
        {
            201: ("Written down", schemas.SubmissionOut),
            303: ("A browser's form: see its page", None),
        },
        (400, 401, 413, 415, 422, 429, 503),  # 401: a token that is shown must hold
        body=schemas.SubmissionIn,
        content_types=_FORMS,
        file_fields={"photos": True},
        headers_in=("Idempotency-Key",),
        for_browsers=True,
    ),
    "requests.list_requests": Operation(
        "List requests",
        {200: ("A page", schemas.RequestOut), 304: ("Not modified", None)},
        (401, 403, 422, 429, 503),
        query=list_query.ListQuery,
        is_list=True,
        headers_in=("If-None-Match",),
    ),
    "exports.export_requests": Operation(
        "All requests of a list as a spreadsheet",
        {200: ("CSV with headings in the caller's language", None)},
        (401, 403, 422, 429, 503),
        query=list_query.FilterQuery,
        answer_type="text/csv",
        sends=("Content-Disposition", "Content-Language", "Vary"),
    ),
    "requests.get_request": Operation(
        "One request with photos, timeline and triage",
        {200: ("The request", schemas.RequestDetailOut), 304: ("Not modified", None)},
        (401, 403, 404, 410, 422, 429, 503),
        takes_token=True,
        headers_in=("If-None-Match",),
    ),
    "requests.update_request": Operation(
        "Change a request",
        {200: ("The request as it is now", schemas.RequestDetailOut)},
        (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503),
        body=schemas.ChangesIn,
        headers_in=("If-Match", "Idempotency-Key"),
        sends=("ETag",),
    ),
    "links.mail_link": Operation(
        "Mail the requester the link again, or revoke it",
        {200: ("The request as it is now, with its link", schemas.RequestDetailOut)},
        (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
        body=schemas.LinkIn,
        headers_in=("Idempotency-Key",),
    ),
    "bulk_changes.update_requests": Operation(
        "Change many requests",
        {200: ("How it went with each", bulk.BulkOut)},
        (400, 401, 403, 413, 415, 422, 429, 503),
        body=bulk.BulkChangesIn,
        headers_in=("Idempotency-Key",),
    ),
    "bulk_changes.undo": Operation(
        "Undo such a change within 30 seconds",
        {200: ("How it went with each", bulk.UndoneOut)},
        (400, 401, 403, 409, 413, 415, 422, 429, 503),
        body=bulk.UndoIn,
    ),
    "answers.answer_request": Operation(
        "Answer the operators",
        {201: ("Written down; the request as it is now", schemas.RequestDetailOut)},
        (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
        body=schemas.AnswerIn,
        takes_token=True,
        headers_in=("Idempotency-Key",),
    ),
    "answers.rate": Operation(
        "Rate the work",
        {200: ("Kept; the request as it is now", schemas.RequestDetailOut)},
        (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
        body=schemas.RatingIn,
        takes_token=True,
    ),
    "photos.upload_photo": Operation(
        "Add photos",
        {202: ("Taken; they are processed in the background", schemas.UploadOut)},
        (400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
        content_types=("multipart/form-data",),
        file_fields={"file": True},
        takes_token=True,
    ),
    "push_subscriptions.add_subscription": Operation(
        "Tell this browser of news (Web Push)",
        {201: ("It will be told", push_schemas.PushSubscriptionOut)},
        (400, 401, 403, 404, 410, 413, 415, 422, 429, 503),
        body=push_schemas.PushSubscriptionIn,
        takes_token=True,
    ),
    "push_subscriptions.end_subscription": Operation(
        "Tell this browser no more",
        {204: ("It will not be told", None)},
        (401, 403, 404, 410, 422, 429, 503),
        takes_token=True,
    ),
    "photos.show_photo": Operation(
        "The picture, largest size",
        {200: ("The picture", None), 302: ("At the storage", None), 304: ("Not modified", None)},
        (401, 403, 404, 409, 410, 422, 429, 503),
        answer_type="image/avif, image/webp, image/jpeg",
        takes_token=True,
        headers_in=("If-None-Match",),
        for_browsers=True,
    ),
    "photos.show_rendition": Operation(
        "The picture as thumb, medium or large",
        {200: ("The picture", None), 302: ("At the storage", None), 304: ("Not modified", None)},
        (401, 403, 404, 409, 410, 422, 429, 503),
        answer_type="image/avif, image/webp, image/jpeg",
        takes_token=True,
        headers_in=("If-None-Match",),
        for_browsers=True,
    ),
    "replies.show_replies": Operation(
        "Prepared replies to requesters",
        {
            200: ("All, or those of one language", schemas.CannedRepliesOut),
            304: ("Not modified", None),
        },
        (401, 403, 422, 429, 503),
        query=list_query.RepliesQuery,
        headers_in=("If-None-Match",),
    ),
    "teams.list_all": Operation(
        "List teams",
        {200: ("With their members", team_schemas.TeamsOut), 304: ("Not modified", None)},
        (401, 403, 422, 429, 503),
        headers_in=("If-None-Match",),
    ),
    "stats.show_stats": Operation(
        "The numbers",
        {200: ("As of computed_at", schemas.NumbersOut), 304: ("Not modified", None)},
        (401, 403, 422, 429, 503),
        query=figures_query.FiguresQuery,
        headers_in=("If-None-Match",),
    ),
    "tokens.issue_token": Operation(
        "Log in",
        {200: ("Tokens", schemas.TokensOut)},
        (400, 401, 413, 415, 422, 429, 503),
        body=schemas.LoginIn,
        content_types=_FORMS,
        sends=("Pragma",),
    ),
    "tokens.refresh_token": Operation(
        "Trade a refresh token for new tokens",
        {200: ("Tokens", schemas.TokensOut)},
        (400, 401, 413, 415, 422, 429, 503),
        body=schemas.RefreshIn,
        body_required=False,  # the token may come as a bearer
        content_types=_FORMS,
        sends=("Pragma",),
    ),
    "tokens.revoke_token": Operation(
        "End a login",
        {204: ("Ended", None)},
        (400, 401, 413, 415, 422, 429, 503),
        body=schemas.RevokeIn,
        body_required=False,
        content_types=_FORMS,
    ),
    "health.metrics": Operation(
        "Numbers for Prometheus",
        {200: ("Its text format", None)},
        (503,),
        answer_type="text/plain",
    ),
    "health.healthz": Operation("Alive?", {200: ("Alive", schemas.AliveOut)}),
    "health.readyz": Operation(
        "Ready? Each part with its state",
        {
            200: ("Ready, or degraded", schemas.ReadyOut),
            503: ("Not without the database", schemas.ReadyOut),
        },
    ),
}

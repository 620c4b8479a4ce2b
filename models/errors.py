"""The errors of the domain. Each has a code; ``web/errors.py`` maps codes to HTTP statuses."""


class DomainError(Exception):
    """``message`` and ``field`` are for people: ``{"ko": ..., "en": ...}`` or plain English."""

    code = "domain_error"

    def __init__(self, message: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    code = "not_found"


class Gone(DomainError):
    """It was there once, and has ended."""

    code = "gone"


class InvalidInput(DomainError):
    code = "invalid_input"


class ForbiddenTransition(DomainError):
    code = "forbidden_transition"


class RequestClosed(DomainError):
    """The request is completed or cancelled: nobody waits for an answer."""

    code = "request_closed"


class TooLateToReopen(DomainError):
    """The request was called done, or cancelled, too long ago."""

    code = "too_late_to_reopen"


class NotRatable(DomainError):
    """The request is not done, or was done too long ago."""

    code = "not_ratable"


class TooManyAnswers(DomainError):
    code = "too_many_answers"


class LastAdmin(DomainError):
    """Without this account nobody could manage accounts."""

    code = "last_admin"


class UnknownAssignee(DomainError):
    """No active user or team has this id."""

    code = "unknown_assignee"


class TooManyViews(DomainError):
    """A user keeps no more saved views."""

    code = "too_many_views"


class LostEdit(DomainError):
    """Somebody else changed the row since the caller read it."""

    code = "lost_edit"


class UndoExpired(DomainError):
    """The change cannot be undone any more: its time has passed, it is undone, or another's."""

    code = "undo_expired"


class KeyReused(DomainError):
    """An idempotency key was used again with other content."""

    code = "key_reused"


class NotAuthenticated(DomainError):
    code = "not_authenticated"


class Forbidden(DomainError):
    code = "forbidden"


class LinkExpired(DomainError):
    """The link was good; its request ended too long ago."""

    code = "link_expired"


class LinkRevoked(DomainError):
    """The link was good; an operator has given the request another one."""

    code = "link_revoked"


class NoAddress(DomainError):
    """There is no e-mail address to send to."""

    code = "no_address"


class TooManyLinkMails(DomainError):
    """The link was sent often enough within the hour."""

    code = "too_many_link_mails"


class TooManyCorrections(DomainError):
    """The contact was corrected often enough within the hour."""

    code = "too_many_corrections"


class TooManyPhotos(DomainError):
    code = "too_many_photos"


class Busy(DomainError):
    """This process does as much of it as it may; try again in a moment."""

    code = "busy"


class LostLease(DomainError):
    """Another runner has claimed the step since: this one must write nothing."""

    code = "lost_lease"

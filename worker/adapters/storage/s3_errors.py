"""Classifying errors of S3 by what they mean for a retry."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from models.ports import PermanentError, TransientError

# Transient errors by their code, because S3 answers some of them with status 400 or 403.
_TRANSIENT = frozenset(
    {
        "ExpiredToken",
        "InternalError",
        "OperationAborted",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequests",
    }
)


def sorted_error(error: BotoCoreError | ClientError, key: str) -> TransientError | PermanentError:
    """The port's error. Its message has ``key``, but never the bucket, account or credentials."""
    if isinstance(error, ClientError):
        return _answered(error, key)
    name = type(error).__name__
    # No answer, or half of one. All other errors come from the settings (no credentials, a wrong
    # endpoint).
    if isinstance(error, (NoConnectionError, HTTPClientError, IncompleteReadError)):
        return TransientError(f"S3 did not answer for {key!r}: {name}")
    return PermanentError(f"S3 is not set up rightly: {name}")


def _answered(error: ClientError, key: str) -> TransientError | PermanentError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _TRANSIENT or status == 429 or status >= 500:
        return TransientError(f"S3 cannot now for {key!r}: {status} {code}")
    return PermanentError(f"S3 refuses {key!r}: {status} {code}")

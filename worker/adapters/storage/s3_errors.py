"""What an error of S3 means for a retry."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from models.ports import PermanentError, TransientError

# A code says more than its status: S3 answers 400 and 403 for some things that pass.
_PASSING = frozenset(
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
    """``key`` is named in the message; bucket, account and credentials never are."""
    if isinstance(error, ClientError):
        return _answered(error, key)
    name = type(error).__name__
    # No answer, or half of one. Everything else (no credentials, a bad endpoint) is the set-up.
    if isinstance(error, (NoConnectionError, HTTPClientError, IncompleteReadError)):
        return TransientError(f"S3 did not answer for {key!r}: {name}")
    return PermanentError(f"S3 is not set up rightly: {name}")


def _answered(error: ClientError, key: str) -> TransientError | PermanentError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _PASSING or status == 429 or status >= 500:
        return TransientError(f"S3 cannot now for {key!r}: {status} {code}")
    return PermanentError(f"S3 refuses {key!r}: {status} {code}")

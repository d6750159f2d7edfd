"""Starts the real parts the platform talks to, for the tests and for ``make run``, and breaks them on request.

One module a part: `rabbitmq`, `dynamodb`, `aws` (S3, STS, KMS), `polly`; and two that break what they stand in
front of: `proxy` (any TCP part) and `dynamo_faults` (answers that DynamoDB Local never gives).
"""

from lbc_testkit.errors import PartFailedError, PartUnavailableError, UnsupportedError
from lbc_testkit.waiting import wait_until

__all__ = ["PartFailedError", "PartUnavailableError", "UnsupportedError", "wait_until"]

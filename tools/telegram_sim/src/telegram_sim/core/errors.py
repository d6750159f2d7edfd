"""Refusals in Telegram's own words.

The words are those that `Client::fail_query_with_error` (server, Client.cpp) makes: the prefix of the status,
then the cause with its first letter lowered unless it looks like a constant.
"""

from telegram_sim.core.types import Json


class ApiError(Exception):
    """A call that Telegram refuses.

    `code` is both the HTTP status and `error_code`; `parameters` is docs' ResponseParameters.
    """

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Return the answer as docs' "Making requests" shows it."""
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(cause: str) -> ApiError:
    """Return a 400 for `cause`, worded as the server words it."""
    constant = cause[1:2] == "_" or cause[1:2].isupper()
    return ApiError(400, f"Bad Request: {cause if constant else cause[:1].lower() + cause[1:]}")


def too_many_requests(retry_after: int) -> ApiError:
    """Return a 429 that asks for `retry_after` seconds of patience (server, Query.cpp)."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})


def conflict(cause: str) -> ApiError:
    """Return a 409 for `cause` (server, Client.cpp, fail_query_conflict)."""
    return ApiError(409, f"Conflict: {cause}")


def blocked() -> ApiError:
    """Return what USER_IS_BLOCKED becomes (server, Client.cpp)."""
    return ApiError(403, "Forbidden: bot was blocked by the user")


def deactivated() -> ApiError:
    """Return what INPUT_USER_DEACTIVATED becomes (server, Client.cpp)."""
    return ApiError(403, "Forbidden: user is deactivated")


def chat_not_found() -> ApiError:
    """Return the answer for a chat the bot has never seen (server, Client.cpp, check_chat)."""
    return ApiError(400, "Bad Request: chat not found")


def wrong_file() -> ApiError:
    """Return what MEDIA_EMPTY becomes (td, MessagesManager.cpp): no such file_id, or no URL at all."""
    return bad_request("Wrong file identifier/HTTP URL specified")


def url_unreachable() -> ApiError:
    """Return what WEBPAGE_CURL_FAILED becomes (server, Client.cpp)."""
    return bad_request("Failed to get HTTP URL content")


def url_wrong_type() -> ApiError:
    """Return what WEBPAGE_MEDIA_EMPTY becomes (server, Client.cpp)."""
    return bad_request("Wrong type of the web page content")


def query_too_old() -> ApiError:
    """Return what QUERY_ID_INVALID becomes (server, Client.cpp)."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")


def not_modified() -> ApiError:
    """Return what MESSAGE_NOT_MODIFIED becomes (server, Client.cpp)."""
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the same as a "
        "current content and reply markup of the message"
    )

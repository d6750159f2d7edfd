"""moto's server (S3, STS, KMS) on all addresses, for a pod; it remembers whose keys were used."""

from collections.abc import Callable, Iterable
from typing import Any

from identities import PATH, Identities
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

PORT = 5000

seen = Identities()
moto = DomainDispatcherApplication(create_backend_app)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI: moto, with one path of ours before it."""
    if environ["PATH_INFO"] == PATH:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [seen.as_json()]
    seen.note(environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION", ""), environ.get("QUERY_STRING", ""))
    answer: Iterable[bytes] = moto(environ, start_response)
    return answer


run_simple("0.0.0.0", PORT, application, threaded=True)  # noqa: S104 - a pod's own network

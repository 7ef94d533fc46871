"""The routes of the service, and the order in which a request is checked and answered.

A server calls `admit` with the head of a request. A response means: send it, read no body. None means:
read the body (its length is known and allowed by then) and send what `answer` returns. Neither raises.
"""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from features import RULES_VERSION, STREAM_DECISION, hash32
from modular_mind import WEIGHTS_DIRECTORY, decide
from service.contracts import check_boss_is_free, decision_request, fight_request
from service.http import (
    BODY_LIMIT,
    Request,
    Response,
    ServiceError,
    content_length,
    error_response,
    has_body,
    json_response,
    parse_object,
)
from service.limits import RateLimiter, client_of
from service.minds import Minds, load_minds
from service.settings import ROOT, Config, host_allowed, split_host
from service.static import find_files, serve_file
from service.tickets import new_ticket, sign, signing_key, verify

Handler = Callable[["Service", Request, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table: a template as OpenAPI writes it, and its handler. GET serves HEAD too."""

    method: str
    template: str
    kind: str  # which limit of service.limits counts
    handler: Handler


class Service:
    """Everything the handlers share. Safe to use from many threads."""

    def __init__(self, config: Config):
        """Loads the mind, the page and the key; raises WeightsError or SettingsError."""
        self.config = config
        self.minds: Minds = load_minds(WEIGHTS_DIRECTORY)
        self.files = find_files(ROOT / "web", ROOT / "audio")
        self.key = signing_key(config.secret, config.data_dir)
        self.limiter = RateLimiter()

    def admit(self, request: Request) -> Response | None:
        """The refusal of a request by its head alone, or None when its body may be read."""
        try:
            self._check_head(request)
        except ServiceError as error:
            return error.response()
        return None

    def answer(self, request: Request) -> Response:
        """The answer to a whole request that was admitted. A fault of ours is logged and gets a 500."""
        try:
            route, values = self._route(request)
            return route.handler(self, request, values)
        except ServiceError as error:
            return error.response()
        except Exception:
            logging.getLogger(__name__).exception("%s %s failed", request.method, request.path)
            return error_response(500, "internal_error", "The server failed to answer; the fault is its own.")

    def _check_head(self, request: Request) -> None:
        self._check_host(request)
        route, _ = self._route(request)
        self.limiter.take(client_of(request, self.config.trusted_proxies), route.kind)
        if route.method == "POST":
            _check_origin(request)
            _check_body_headers(request)
        elif has_body(request):
            raise ServiceError(400, "unexpected_body", f"A {request.method} here has no body.")

    def _check_host(self, request: Request) -> None:
        authority = request.headers.get("host")
        if authority is None:
            raise ServiceError(400, "bad_request", "The request names no host.")
        host = split_host(authority)
        if host is None or not host_allowed(self.config, host):
            raise ServiceError(400, "bad_host", "This server does not answer for that host.")

    def _route(self, request: Request) -> tuple[Route, Mapping[str, str]]:
        """The row for a request and the values in its path; raises ServiceError: 404 or 405."""
        allowed: list[str] = []
        for pattern, route in _PATTERNS:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            methods = ("GET", "HEAD") if route.method == "GET" else (route.method,)
            if request.method in methods:
                return route, match.groupdict()
            allowed += methods
        if allowed:
            allow = ", ".join(allowed)
            raise ServiceError(
                405, "method_not_allowed", f"Allowed here: {allow}.", headers=(("Allow", allow),)
            )
        raise ServiceError(404, "not_found", "There is nothing at this address.")


def _check_origin(request: Request) -> None:
    """Refuses a POST from a page of another origin. Programs send no Origin, and are let through."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    try:
        parts = urlsplit(origin)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or _without_default_port(parts.netloc) != _without_default_port(
        request.headers["host"]
    ):
        raise ServiceError(403, "foreign_origin", "Pages of other sites may not call this service.")


def _without_default_port(authority: str) -> str:
    return authority.strip().lower().removesuffix(":443").removesuffix(":80")


def _check_body_headers(request: Request) -> None:
    mime_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if mime_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ServiceError(415, "not_json_type", "The Content-Type is not application/json.")
    if "content-encoding" in request.headers:
        raise ServiceError(415, "encoded_body", "Bodies must not be compressed.")
    if "transfer-encoding" in request.headers or "content-length" not in request.headers:
        raise ServiceError(411, "length_required", "The request needs a Content-Length.")
    if content_length(request) > BODY_LIMIT:
        raise ServiceError(413, "body_too_large", f"The body is over {BODY_LIMIT} bytes.")


# ---------------------------------------------------------------------------- handlers
def static_file(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """The page and what it loads."""
    return serve_file(service.files, request)


def health(service: Service, _request: Request, _values: Mapping[str, str]) -> Response:
    """Which mind and rules are served."""
    return json_response(
        {"ready": True, "weights": service.minds.live.sha256, "rules_version": RULES_VERSION}
    )


def published_mind(service: Service, request: Request, values: Mapping[str, str]) -> Response:
    """The weights for the page's own copy of the mind."""
    return service.minds.publish(request, values["sha256"])


def open_fight(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """A new fight with the live mind: its seed and its ticket."""
    tier = fight_request(parse_object(request.body))
    live = service.minds.live
    ticket = new_ticket(tier, live.sha256, time.time())
    return json_response(
        {
            "fight": ticket.fight,
            "ticket": sign(service.key, ticket),
            "seed": ticket.seed,
            "tier": tier,
            "explore": live.explore[tier],
            "weights": ticket.weights,
            "rules_version": ticket.rules_version,
            "expires": ticket.expires,
        },
        201,
    )


def decide_move(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """Decision k of a ticket's fight: the move and how it came about."""
    text, k, observation = decision_request(parse_object(request.body))
    ticket = verify(service.key, text, time.time())
    if ticket.rules_version != RULES_VERSION:
        raise ServiceError(410, "rules_changed", "The rules have changed since this fight began.", "ticket")
    served = service.minds.get(ticket.weights)
    if served is None:
        raise ServiceError(410, "weights_gone", "The mind of this fight is no longer served.", "ticket")
    check_boss_is_free(observation)
    draw = hash32(ticket.seed, STREAM_DECISION, k)
    trace = decide(observation, served.explore[ticket.tier], draw, served.mind)
    return json_response({"k": k, "move": trace["move"], "trace": trace})


ROUTES = (
    Route("GET", "/", "read", static_file),
    Route("GET", "/static/{path}", "read", static_file),
    Route("GET", "/audio/{path}", "read", static_file),
    Route("GET", "/favicon.ico", "read", static_file),
    Route("GET", "/healthz", "read", health),
    Route("GET", "/mind/{sha256}.json", "read", published_mind),
    Route("POST", "/fights", "open", open_fight),
    Route("POST", "/decide", "decide", decide_move),
)
_VALUES = {"path": r"(?P<path>.+)", "sha256": r"(?P<sha256>[0-9a-f]{64})"}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)  # literal text and names in turn
    return re.compile("".join(_VALUES[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)))


_PATTERNS = tuple((_pattern(route.template), route) for route in ROUTES)

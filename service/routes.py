"""The routes of the service, and the order in which a request is checked and answered.

A server calls `admit` with the head of a request. A response means: send it, read no body. None means:
read the body (its length is known and allowed by then) and send what `answer` returns. Neither raises.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from features import RULES_VERSION, STREAM_DECISION, hash32
from modular_mind import WEIGHTS_DIRECTORY, decide
from service import journal, learn
from service.connections import Connections, affordable
from service.contracts import (
    check_boss_is_free,
    decision_request,
    fight_request,
    forget_request,
    learn_request,
    learning_request,
    narrate_request,
)
from service.database import Database, DatabaseError
from service.http import (
    BODY_LIMIT,
    NO_STORE,
    Request,
    Response,
    ServiceError,
    content_length,
    error_response,
    has_body,
    journal_unavailable,
    json_response,
    parse_object,
)
from service.limits import ANSWER_THREADS, RateLimiter, client_of
from service.metrics import (
    MIME_TYPE,
    NO_ROUTE,
    Metrics,
    Render,
    connection_family,
    journal_families,
    plain_text,
    stream_family,
)
from service.minds import Minds, ServedMind, load_minds
from service.narration import Narration
from service.schema import open_journal
from service.settings import ROOT, Config, host_allowed, split_host
from service.static import find_files, serve_file
from service.stats import Stats
from service.stream import EVENT_HEADERS, Stream
from service.tickets import Ticket, new_ticket, sign, signing_key, verify
from service.versions import GRACE_SECONDS

Handler = Callable[["Service", Request, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table: a template as OpenAPI writes it, and its handler. GET serves HEAD too."""

    method: str
    template: str
    kind: str  # which limit of service.limits counts
    handler: Handler
    # whether it may wait for the journal, or take long: an event loop must not wait with it
    blocking: bool = False
    narrating: bool = False  # it takes long, but waits for nothing: not in the threads that others may fill


class Service:
    """Everything the handlers share. Safe to use from many threads."""

    def __init__(self, config: Config, render_metrics: Render = plain_text):
        """Loads the mind, the page and the key; raises WeightsError or SettingsError.

        render_metrics: writes the text of GET /metrics.
        """
        self.config = config
        self.render_metrics = render_metrics
        self.database = _open_journal(config)  # None: nothing is recorded, the game goes on
        self.minds: Minds = load_minds(WEIGHTS_DIRECTORY, self.database)
        self.files = find_files(ROOT / "web", ROOT / "audio")
        self.key = signing_key(config.secret, config.data_dir)
        self.limiter = RateLimiter()
        self.connections = Connections(affordable())
        self.threads = ThreadPoolExecutor(ANSWER_THREADS, "answers")  # for what waits for the journal
        self.narrating = ThreadPoolExecutor(1, "narration")
        self.metrics = Metrics()
        self.stats = Stats(config, self.database, self.minds)
        self.narration = Narration(self.metrics, self.limiter)
        self.learner_wanted = threading.Event()  # there is, or will soon be, something for the learner to do
        if self._has_work():
            self.learner_wanted.set()

    def close(self) -> None:
        """Lets the answers under way be finished, and closes the journal; the service answers no more."""
        self.narrating.shutdown(cancel_futures=True)
        self.threads.shutdown(cancel_futures=True)
        if self.database is not None:
            self.database.close()

    def _has_work(self) -> bool:
        """Whether there are logs to judge, teach or erase, or the Hub may hold what was learned."""
        if self.database is None:
            return False
        try:
            with self.database.read() as run:
                return journal.holds_logs(run) or self.config.dataset_repo is not None
        except DatabaseError:
            return True  # it may recover

    def admit(self, request: Request) -> Response | None:
        """The refusal of a request by its head alone, or None when its body may be read."""
        route = None
        try:
            self._check_host(request)
            route, _ = self._route(request)
            self._check_head(request, route)
        except ServiceError as error:
            return self._refused(route, error)
        return None

    def threads_for(self, request: Request) -> ThreadPoolExecutor | None:
        """Where to answer an admitted request that may take long; None: at once, on the event loop."""
        route, _ = self._route(request)
        if route.narrating:
            return self.narrating
        return self.threads if route.blocking else None

    def answer(self, request: Request) -> Response:
        """The answer to a whole request that was admitted. A fault of ours is logged and gets a 500."""
        route, values = self._route(request)
        try:
            response = route.handler(self, request, values)
        except ServiceError as error:
            return self._refused(route, error)
        except DatabaseError as error:
            logging.getLogger(__name__).warning("%s %s: %s", request.method, route.template, error)
            response = journal_unavailable()
        except Exception:
            logging.getLogger(__name__).exception("%s %s failed", request.method, route.template)
            response = error_response(
                500, "internal_error", "The server failed to answer; the fault is its own."
            )
        self.metrics.request(route.template, response.status)
        return response

    def count_refusal(self, response: Response) -> Response:
        """Counts what a server answers by itself, where there is no whole request; returns it."""
        self.metrics.request(NO_ROUTE, response.status)
        return response

    def _refused(self, route: Route | None, error: ServiceError) -> Response:
        self.metrics.request(NO_ROUTE if route is None else route.template, error.status)
        self.metrics.refusal(error.code)
        return error.response()

    def _check_head(self, request: Request, route: Route) -> None:
        self.limiter.take(client_of(request, self.config.trusted_proxies), route.kind)
        if route.method == "POST":
            _check_site(request)
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
        exact = _EXACT.get((request.method, request.path))
        if exact is not None:
            return exact, {}
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


def _open_journal(config: Config) -> Database | None:
    """The fight journal; None where learning is off, or it cannot be used, which the log says once."""
    if not config.online:
        return None
    try:
        return open_journal(config.data_dir, config.database_url)
    except DatabaseError as error:
        logging.getLogger(__name__).warning("No fight is recorded and nothing learned: %s", error)
        return None


def _check_site(request: Request) -> None:
    """Refuses a POST that a browser says another site began; programs do not say, and are let through.

    The page in the frame of a Space is of this site, whatever page the frame stands in.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ServiceError(403, "foreign_site", "Pages of other sites may not call this service.")


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
    """The pages and what they load."""
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
    service.metrics.opened(tier)
    learns = _learns(service)
    if learns and tier == journal.TEACHING_TIER:
        service.learner_wanted.set()  # so that it is ready when the fight is over
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
            "learns": learns,
            "version": live.version,
        },
        201,
    )


def _learns(service: Service) -> bool:
    """Whether the log of a fight that is opened now will be taken in."""
    try:
        return learn.is_recording(service.database)
    except DatabaseError:
        return True  # it may well recover while the fight lasts; the page keeps the log until then


def decide_move(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """Decision k of a ticket's fight: the move and how it came about."""
    began = time.perf_counter()
    text, k, observation = decision_request(parse_object(request.body))
    ticket = verify(service.key, text, time.time())
    service.limiter.take(ticket.fight, "fight decisions")
    served = _mind_of(service, ticket)
    check_boss_is_free(observation)
    draw = hash32(ticket.seed, STREAM_DECISION, k)
    trace = decide(observation, served.explore[ticket.tier], draw, served.mind)
    response = json_response({"k": k, "move": trace["move"], "trace": trace})
    service.metrics.decision(time.perf_counter() - began)
    return response


def _mind_of(service: Service, ticket: Ticket) -> ServedMind:
    """The mind that a ticket names; raises ServiceError (410) where rules or mind are gone."""
    _check_rules(ticket)
    served = service.minds.get(ticket.weights)
    if served is None:
        raise ServiceError(410, "weights_gone", "The mind of this fight is no longer served.", "ticket")
    return served


def _check_rules(ticket: Ticket) -> None:
    if ticket.rules_version != RULES_VERSION:
        raise ServiceError(410, "rules_changed", "The rules have changed since this fight began.", "ticket")


def narrate(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """Takes in moments of a ticket's fight; the line to show for them, if any."""
    telling = narrate_request(parse_object(request.body))
    ticket = verify(service.key, telling.ticket, time.time())
    service.limiter.take(ticket.fight, "fight moments")
    _check_rules(ticket)
    client = client_of(request, service.config.trusted_proxies)
    return json_response(service.narration.tell(ticket.fight, ticket.seed, telling, client))


def follow_narration(service: Service, request: Request, values: Mapping[str, str]) -> Response:
    """The lines that the model writes for a fight, as they come. A HEAD ends nobody's stream.

    204 tells an EventSource to ask no more.
    """
    fight = values["id"]
    if service.narration.is_over(fight):
        return Response(204, (NO_STORE,))
    client = client_of(request, service.config.trusted_proxies)
    stream = Stream() if request.method == "HEAD" else service.narration.follow(fight, client)
    return Response(200, EVENT_HEADERS, stream=stream)


def take_log(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """The log of a fight that has ended, acknowledged once it is kept."""
    database = learn.journal_of(service.database)
    text, data = learn_request(parse_object(request.body))
    now = time.time()
    ticket = verify(service.key, text, now - GRACE_SECONDS)  # a fight may be opened late in its hour
    service.limiter.take(ticket.fight, "redeem")
    log = learn.check_log(ticket, _mind_of(service, ticket), data, now)
    client = client_of(request, service.config.trusted_proxies)
    acknowledgement = learn.record(database, service.config, ticket, log, client)
    service.learner_wanted.set()
    return json_response(acknowledgement, 202)


def fight_record(service: Service, _request: Request, values: Mapping[str, str]) -> Response:
    """What became of an acknowledged fight."""
    return json_response(learn.describe(learn.journal_of(service.database), values["id"]))


def forget_fights(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """Erases the fights whose tickets are shown."""
    database = learn.journal_of(service.database)
    texts = forget_request(parse_object(request.body))
    return json_response(learn.forget(database, service.key, texts))


def show_stats(service: Service, _request: Request, _values: Mapping[str, str]) -> Response:
    """The boss's record, the state of learning and its history."""
    return json_response(service.stats.get())


def show_metrics(service: Service, _request: Request, _values: Mapping[str, str]) -> Response:
    """The server's own counts and what the journal knows, for Prometheus."""
    families = [*service.metrics.families(), connection_family(len(service.connections))]
    families.append(stream_family(service.narration.streams()))
    with suppress(DatabaseError):  # the counts of a server whose journal fails are wanted most
        families += journal_families(service.stats.get())
    return Response(200, (("Content-Type", MIME_TYPE), NO_STORE), service.render_metrics(families))


def switch_learning(service: Service, request: Request, _values: Mapping[str, str]) -> Response:
    """A local player turns learning off or on, or takes back what was learned."""
    action = learning_request(parse_object(request.body))
    if service.config.public:
        raise ServiceError(403, "not_local", "Learning is switched on a player's own server only.")
    service.stats.switch(learn.journal_of(service.database), action, time.time())
    return json_response(service.stats.get()["learning"])


ROUTES = (
    Route("GET", "/", "read", static_file),
    Route("GET", "/lab", "read", static_file),
    Route("GET", "/static/{path}", "read", static_file),
    Route("GET", "/audio/{path}", "read", static_file),
    Route("GET", "/favicon.ico", "read", static_file),
    Route("GET", "/healthz", "read", health, blocking=True),
    Route("GET", "/mind/{sha256}.json", "read", published_mind, blocking=True),
    Route("GET", "/stats", "read", show_stats, blocking=True),
    Route("GET", "/metrics", "read", show_metrics, blocking=True),
    Route("POST", "/fights", "open", open_fight, blocking=True),
    Route("POST", "/decide", "decide", decide_move),
    Route("POST", "/narrate", "narrate", narrate, narrating=True),
    Route("GET", "/narration/{id}", "follow", follow_narration),
    Route("POST", "/learn", "learn", take_log, blocking=True),
    Route("GET", "/fights/{id}", "fight", fight_record, blocking=True),
    Route("POST", "/forget", "forget", forget_fights, blocking=True),
    Route("POST", "/learning", "switch", switch_learning, blocking=True),
)
_VALUES = {
    "path": r"(?P<path>.+)",
    "sha256": r"(?P<sha256>[0-9a-f]{64})",
    "id": r"(?P<id>[0-9a-f]{24})",
}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)  # literal text and names in turn
    return re.compile("".join(_VALUES[part] if n % 2 else re.escape(part) for n, part in enumerate(parts)))


_PATTERNS = tuple((_pattern(route.template), route) for route in ROUTES)
_EXACT = {(route.method, route.template): route for route in ROUTES if "{" not in route.template}

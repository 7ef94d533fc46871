"""The service as an ASGI application, in front of another one. Needs asyncio only, no framework.

Every HTTP request is answered here, so neither the routes nor the middleware of the application behind
can be reached, except for what the entry point lets through.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from service.http import (
    Request,
    Response,
    content_length,
    has_body,
    request_timeout,
    sent_body,
    wire_headers,
)
from service.limits import ANSWER_THREADS, CHUNK_SIZE, LINGER_BYTES, LINGER_SECONDS
from service.routes import Service


class Gate:
    """Answers HTTP by the service, refuses WebSockets, passes the lifespan on to `inner`."""

    def __init__(self, service: Service, inner: Callable, passes: Callable[[str], bool]):
        """inner: the ASGI application behind. passes: whether a GET of this path is for `inner`."""
        self._service = service
        self._inner = inner
        self._passes = passes
        self._threads = ThreadPoolExecutor(ANSWER_THREADS, "answers")

    async def __call__(self, scope, receive, send) -> None:
        """One ASGI connection."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http" and not (scope["method"] == "GET" and self._passes(scope["path"])):
            await self._answer(_request(scope), receive, send)
        else:
            await self._inner(scope, receive, send)

    async def _answer(self, request: Request, receive, send) -> None:
        refusal = self._service.admit(request)
        if refusal is not None:
            await _refuse(refusal, request, receive, send)
            return
        try:
            async with asyncio.timeout(self._service.config.request_seconds):
                body = await _read(receive, content_length(request))
        except TimeoutError:
            await _refuse(self._service.count_refusal(request_timeout()), request, None, send)
            return
        if body is not None:
            await _send(await self._respond(replace(request, body=body)), request.method, send)

    async def _respond(self, request: Request) -> Response:
        """What waits for the journal does so in a thread; the loop goes on deciding meanwhile."""
        if self._service.blocks(request):
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._service.answer, request
            )
        return self._service.answer(request)


def _request(scope) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    client = scope["client"][0] if scope["client"] else ""
    path = scope["raw_path"].decode("latin-1").partition("?")[0]
    return Request(scope["method"], path, headers, client)


async def _read(receive, length: int) -> bytes | None:
    """The body of a stated length; None when the client is gone."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body if len(body) == length else None


async def _refuse(refusal: Response, request: Request, receive, send) -> None:
    """Sends a refusal whole, and closes the connection when a body is still coming.

    The end of the message is held back while that body is read and thrown away: closing on unread data would
    make some clients lose the refusal. Without `receive` the rest is not waited for.
    """
    coming = has_body(request)
    start = {"type": "http.response.start", "status": refusal.status, "headers": _headers(refusal, coming)}
    await send(start)
    await send({"type": "http.response.body", "body": sent_body(request.method, refusal), "more_body": True})
    if coming and receive is not None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await _discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _discard(receive) -> None:
    discarded = 0
    while discarded < LINGER_BYTES:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
        discarded += len(message.get("body", b""))


async def _send(response: Response, method: str, send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": _headers(response)})
    body = sent_body(method, response)
    for first in range(0, len(body), CHUNK_SIZE):
        chunk = body[first : first + CHUNK_SIZE]
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(response: Response, close: bool = False) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in wire_headers(response, close)
    ]

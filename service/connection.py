"""One HTTP/1.1 connection to the service, on the standard library's event loop.

    await loop.create_server(lambda: Connection(service), sock=listener)

One loop has all connections: with a thread for each, a crowd of slow ones that send a byte now and then keeps
the players' threads waiting for the interpreter. A connection waits for a head, for a body, for an answer
that takes long (in a thread), for its client to read, or for the end of what a refused client still
sends. It serves one request at a time; those that follow wait in its buffer, and others get their turn in
between. Every wait for the client has a deadline that sending or reading byte by byte cannot stretch.

A response with a stream (`service/stream.py`) is the connection's last: it is sent as it comes, until the
stream is closed or the client goes. Whatever the client sends meanwhile is thrown away.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from service.head import HEAD_END, HEAD_LIMIT, Head, read_head
from service.http import (
    BODY_LIMIT,
    Response,
    content_length,
    has_body,
    malformed_request,
    request_timeout,
    sent_body,
    too_many_connections,
    truncated_body,
    wire_head,
)
from service.limits import (
    CHUNK_SIZE,
    COMMENT_SECONDS,
    IDLE_SECONDS,
    LINGER_BYTES,
    LINGER_SECONDS,
    WRITE_SECONDS,
)
from service.routes import Service
from service.stream import COMMENT, Stream

BUFFER_LIMIT = HEAD_LIMIT + len(HEAD_END) + BODY_LIMIT  # bytes that wait to be read: a whole request fits
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """The protocol of one connection. Its methods are called by the event loop only."""

    def __init__(self, service: Service):
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._client = ""
        self._deadline: asyncio.TimerHandle | None = None
        self._received = bytearray()
        self._begun = False  # some of a request has come, and its deadline runs
        self._searched = 0  # bytes received that hold no end of a head
        self._head: Head | None = None  # of the request that has been admitted and whose body is awaited
        self._busy = False  # from when a request is whole, or refused, until its response is out
        self._waits = False  # it is about to have its turn
        self._answer: asyncio.Future | None = None  # of a thread
        self._responds = False  # a response is on its way
        self._stream: Stream | None = None  # what the rest of it comes from
        self._unsent = memoryview(b"")  # what of it has not been handed to the transport
        self._unread = False  # the client has not read what the transport has
        self._last = False  # the connection ends with the response under way
        self._coming = False  # ... and the rest of the request is read, and thrown away
        self._to_discard: int | None = None  # bytes that may still be, once that has begun
        self._ended = False  # the client sends no more

    # ------------------------------------------------------------------------ called by the loop
    def connection_made(self, transport: asyncio.Transport) -> None:
        """Where there are too many connections, another is ended for this one, or this one is refused."""
        self._transport = transport
        transport.set_write_buffer_limits(high=0)  # so that what waits for the client is known at once
        self._client = (transport.get_extra_info("peername") or ("",))[0]
        victim = self._service.connections.open(self)
        if victim is self:
            response = self._service.count_refusal(too_many_connections())
            transport.write(wire_head(response, close=True) + response.body)
            transport.close()
            return
        if victim is not None:
            victim.abort()
        self._within(IDLE_SECONDS, transport.close)

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection is over, whoever ended it."""
        self._service.connections.close(self)
        self._stop_deadline()
        if self._answer is not None:
            self._answer.cancel()  # nobody waits for it; one that has begun goes on
        if self._stream is not None:
            self._stream.leave()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come; a whole request is answered at once."""
        if self._to_discard is not None:
            self._to_discard -= len(data)
            if self._to_discard <= 0:
                self._transport.close()
            return
        self._received += data
        if len(self._received) > BUFFER_LIMIT:
            self._transport.pause_reading()
        if not self._waits:
            self._go_on()

    def eof_received(self) -> bool:
        """The client sends no more; it may still read."""
        self._ended = True
        if self._to_discard is not None:
            return False
        if not self._waits:
            self._go_on()
        return True

    def pause_writing(self) -> None:
        """The client does not read as fast as it could; it has some time for all that it was given."""
        if not self._unread and (self._deadline is None or self._stream is not None):
            self._service.connections.wait(self)
            self._within(WRITE_SECONDS, self.abort)
        self._unread = True

    def resume_writing(self) -> None:
        """The client has read what it was given."""
        self._unread = False
        if self._stream is not None:
            self._within(COMMENT_SECONDS, self._comment)
        self._loop.call_soon(self._write)  # the transport must not be closed within this call

    # ------------------------------------------------------------------------ reading
    def _go_on(self) -> None:
        """Does the next thing that what has arrived allows for."""
        self._waits = False
        if self._busy or self._transport.is_closing():
            return
        if self._head is None:
            self._take_head()
        if self._head is not None and not self._transport.is_closing():
            self._take_body()

    def _take_head(self) -> None:
        """Admits or refuses the request whose head has come."""
        if self._received and not self._begun:
            self._begun = True
            self._within(self._service.config.request_seconds, self._give_up)
        end = self._received.find(HEAD_END, self._searched)
        size = len(self._received) if end < 0 else end
        if size > HEAD_LIMIT:
            self._refuse(malformed_request())
        elif end >= 0:
            head = read_head(bytes(self._received[:end]), self._client)
            del self._received[: end + len(HEAD_END)]
            self._admit(head)
        elif self._ended:
            self._transport.close()
        else:
            self._searched = max(size - len(HEAD_END) + 1, 0)

    def _admit(self, head: Head | None) -> None:
        if head is None:
            self._refuse(malformed_request())
            return
        refusal = self._service.admit(head.request)
        if refusal is not None:
            self._respond(refusal, head, coming=has_body(head.request))
            return
        self._head = head
        if head.awaits_continue and len(self._received) < content_length(head.request):
            self._transport.write(CONTINUE)
            if self._unread:  # it has not even read the responses before
                self.abort()

    def _take_body(self) -> None:
        """Answers the request whose body has come."""
        length = content_length(self._head.request)
        if len(self._received) < length:
            if self._ended:
                self._refuse(truncated_body())
            return
        head, self._head = self._head, None
        request = replace(head.request, body=bytes(self._received[:length]))
        del self._received[:length]
        self._stop_deadline()
        self._busy = True
        self._service.connections.serve(self)
        threads = self._service.threads_for(request)
        if threads is None:
            self._respond(self._service.answer(request), head)
            return
        try:
            self._answer = self._loop.run_in_executor(threads, self._service.answer, request)
        except RuntimeError:  # the server is ending
            self.abort()
        else:
            self._answer.add_done_callback(partial(self._answered, head))

    def _give_up(self) -> None:
        """The request has not come in time."""
        self._refuse(request_timeout())

    # ------------------------------------------------------------------------ answering
    def _answered(self, head: Head, answer: asyncio.Future) -> None:
        self._answer = None
        if not answer.cancelled() and not self._transport.is_closing():
            self._respond(answer.result(), head)

    def _refuse(self, response: Response) -> None:
        """Refuses what is no whole request; nobody will read what may still come of it."""
        self._respond(self._service.count_refusal(response), None, coming=True)

    def _respond(self, response: Response, head: Head | None, coming: bool = False) -> None:
        """Sends a response, in one piece when it is small. coming: a refused body may be on its way."""
        self._stop_deadline()
        self._busy, self._begun, self._searched, self._head = True, False, 0, None
        self._last, self._coming = coming or head is None or not head.keeps_alive, coming
        body = response.body if head is None else sent_body(head.request.method, response)
        wire = wire_head(response, self._last)
        if len(body) <= CHUNK_SIZE:
            wire, body = wire + body, b""
        if response.stream is not None:
            self._follow(response.stream, head)
        self._responds, self._unsent = True, memoryview(body)
        self._transport.write(wire)
        self._write()

    def _write(self) -> None:
        """Hands the transport what the client is ready for."""
        while self._responds and not self._unread and not self._transport.is_closing():
            if not self._unsent and self._stream is not None:
                more = self._stream.take()
                if more == b"":
                    return  # until there is news
                self._unsent = memoryview(more or b"")
            if not self._unsent:
                self._responds = False
                self._sent()
                return
            chunk, self._unsent = self._unsent[:CHUNK_SIZE], self._unsent[CHUNK_SIZE:]
            self._transport.write(chunk)

    def _sent(self) -> None:
        """The response is out: the next request may come, or the connection ends."""
        if self._coming and not self._ended:
            self._discard()
        elif self._last:
            self._transport.close()
        else:
            self._busy = False
            self._service.connections.wait(self)
            self._within(IDLE_SECONDS, self._transport.close)
            if len(self._received) <= BUFFER_LIMIT:
                self._transport.resume_reading()
            if self._received or self._ended:
                self._waits = True
                self._loop.call_soon(self._go_on)  # after those whose turn it is

    def _discard(self) -> None:
        """Reads what a refused client still sends: closing on it could lose the response on its way."""
        self._to_discard = LINGER_BYTES
        self._received.clear()
        self._service.connections.wait(self)
        self._within(LINGER_SECONDS, self._transport.close)
        self._transport.resume_reading()
        with contextlib.suppress(OSError):  # it may be gone
            self._transport.write_eof()

    # ------------------------------------------------------------------------ streaming
    def _follow(self, stream: Stream, head: Head) -> None:
        """The response goes on with what comes of a stream; after the head of a HEAD nothing does."""
        self._last = True
        if head.request.method == "HEAD":
            stream.leave()
            return
        self._stream = stream
        self._to_discard = LINGER_BYTES
        self._received.clear()
        self._service.connections.wait(self)
        stream.attach(self._told)
        if self._ended:
            stream.close()  # nobody could tell any more when the client goes
            return
        self._within(COMMENT_SECONDS, self._comment)
        self._transport.resume_reading()

    def _told(self) -> None:
        """There is news of the stream. Called from any thread."""
        with contextlib.suppress(RuntimeError):  # the server has ended
            self._loop.call_soon_threadsafe(self._write)

    def _comment(self) -> None:
        """Shows the client, and whatever lies between, that the connection is alive, and finds out."""
        self._within(COMMENT_SECONDS, self._comment)  # unless the client turns out not to read
        self._transport.write(COMMENT)

    # ------------------------------------------------------------------------ ending
    def abort(self) -> None:
        """Ends the connection at once, whatever is under way."""
        self._transport.abort()

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """Sets the one deadline: what happens unless another is set, or none, in this time."""
        self._stop_deadline()
        self._deadline = self._loop.call_later(seconds, otherwise)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

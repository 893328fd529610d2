"""uvicorn with patience that ends: silent, slow and unread connections cannot exhaust it.

uvicorn itself waits for ever for a request's head, and for a client that does not read its answer.
Here every state of a connection has a deadline of its own, counted from its beginning, so that a
byte now and then does not put it off; and the connections are fewer than the process may open.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_PATIENCE = 10.0  #: seconds in which the whole head of a request must come
READING_PATIENCE = 30.0  #: seconds in which a client must read what it has been sent so far
LONGEST_REQUEST = 300.0  #: seconds from a request's head to the last byte of its answer
LONGEST_HEAD = 16384  #: bytes of request line and headers

_LINGERING = 2.0  #: seconds in which a client that was refused may still be sending
_MOST_CONNECTIONS = 2000
_WAITING = 1024  #: connections that the system keeps until they are accepted
_ACCEPTED_AT_ONCE = 32
_OTHER_FILES = 96  #: that the process opens besides connections
_REFUSED = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"X-Content-Type-Options: nosniff\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s"
)


class PatientProtocol(H11Protocol):
    """A connection with deadlines; the oldest that only waits makes room for a new one."""

    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: Any) -> None:
        """Take the connection in, in place of one that waits where there are too many."""
        super().connection_made(transport)
        self._expect(HEAD_PATIENCE)
        if len(self.connections) <= most_connections():
            return

        # those that are closing are gone in the loop's next round
        open_ones = [
            each
            for each in self.connections
            if isinstance(each, PatientProtocol) and not each.transport.is_closing()
        ]
        if len(open_ones) <= most_connections():
            return
        waiting = [each for each in open_ones if each is not self and each.is_waiting]
        if waiting:
            min(waiting, key=lambda each: each.expires).transport.abort()
            return
        transport.write(_REFUSED % (b"503 Service Unavailable", 4, b"busy"))
        transport.close()

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered here."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def expires(self) -> float:
        """When the present deadline is over, in the loop's time."""
        return self._deadline.when() if self._deadline else 0.0

    def handle_events(self) -> None:
        """Handle what has come; with a request's head its own deadline begins."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._expect(LONGEST_REQUEST)

    def on_response_complete(self) -> None:
        """Wait for the next head, anew."""
        self._expect(HEAD_PATIENCE)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        self._unread = self.loop.call_later(READING_PATIENCE, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        if self._unread is not None:
            self._unread.cancel()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request at all, if that is still possible."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and self.is_waiting:
            words = f"no HTTP request, or more than {LONGEST_HEAD} bytes before its body".encode()
            self.transport.write(_REFUSED % (b"400 Bad Request", len(words), words))
            self.transport.write_eof()
        self._is_refused = True  # what is unread at a close would cancel the answer
        self._expect(_LINGERING)

    def data_received(self, data: bytes) -> None:
        """Take what has come; after a refusal nothing counts."""
        if not self._is_refused:
            super().data_received(data)

    def shutdown(self) -> None:
        """End at once where no request is being answered, else after its answer."""
        if self.is_waiting:
            self.transport.close()
        else:
            self.cycle.keep_alive = False

    def _expect(self, seconds: float) -> None:
        """Close the connection unless its state changes within so many seconds."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)


def most_connections() -> int:
    """How many connections may be open: fewer than this process may open files."""
    try:
        import resource
    except ImportError:  # Windows, where there is no such limit
        return _MOST_CONNECTIONS
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return max(8, min(_MOST_CONNECTIONS, limit - _OTHER_FILES - 2 * _ACCEPTED_AT_ONCE))


class PatientServer(uvicorn.Server):
    """Serves an ASGI app on a socket until SIGTERM, Ctrl+C or ``should_exit``.

    Args:
        app: what answers.
        listener: a bound socket; this server closes it.
    """

    def __init__(self, app: Any, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_ACCEPTED_AT_ONCE,
                timeout_keep_alive=int(HEAD_PATIENCE),
                timeout_graceful_shutdown=10,
                h11_max_incomplete_event_size=LONGEST_HEAD,
            )
        )
        self._listener = listener

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; asyncio accepts as many at once as its backlog says, so that is set low."""
        await super().startup(sockets=[self._listener])
        self._listener.listen(_WAITING)

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """End in order on SIGTERM and Ctrl+C, which is how this server ends: no failure."""
        loop = asyncio.get_running_loop()
        caught = []
        for number in (signal.SIGINT, signal.SIGTERM):
            # not in other threads than the main one, and on Windows signals come otherwise
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.handle_exit, number, None)
                caught.append(number)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


def listen(host: str, port: int) -> socket.socket:
    """Bind a socket to an address.

    Args:
        host: a numeric address or a name of this machine.
        port: 0 for any that is free.
    Raises:
        OSError: the port is taken or not allowed, or the address is not this machine's; one line.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise OSError(f"no address {host!r} on this machine ({error}); try 127.0.0.1") from error

    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        raise OSError(
            f"port {port} of {host} cannot be used ({error.strerror}); try another, or --port 0"
        ) from error
    return listener

"""An HTTP server that silent and slow clients cannot exhaust.

A connection costs no thread until it speaks, and there are only so many threads and so many
connections. Of the standard library alone.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

PATIENCE = 10.0  #: seconds that a client may be silent, at the start or in between
MOST_ANSWERED = 64  #: requests that have a thread or wait for one; then "busy" is the answer

_THREADS = 8
_MOST_WAITING = 400  #: connections that have said nothing yet; then the oldest is closed
_BUSY = b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class BoundedServer(HTTPServer):
    """Serves each request in one of a few threads, once the client has begun to speak.

    Args:
        address: host and port.
        handler: of requests; its ``timeout`` should be ``PATIENCE``.
    Raises:
        OSError: the port is taken or not allowed.
    """

    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="answer")
        self._places = threading.BoundedSemaphore(MOST_ANSWERED)
        self._silent: dict[socket.socket, float] = {}  # since when, the oldest first

        self._is_ending = threading.Event()
        self._has_ended = threading.Event()
        self._has_ended.set()
        super().__init__(address, handler)  # where the port is taken, it closes what is there

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve until ``shutdown`` is called."""
        self._is_ending.clear()
        self._has_ended.clear()
        self.socket.setblocking(False)

        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.socket, selectors.EVENT_READ)
                while not self._is_ending.is_set():
                    for key, _ in selector.select(poll_interval):
                        if key.fileobj is self.socket:
                            self._admit(selector)
                        elif key.fileobj in self._silent:
                            self._hand_over(selector, key.fileobj)
                    self._dismiss(selector)
        finally:
            for connection in self._silent:
                connection.close()
            self._silent.clear()
            self._has_ended.set()

    def shutdown(self) -> None:
        """End ``serve_forever``, from another thread, and wait for that."""
        self._is_ending.set()
        self._has_ended.wait()

    def server_close(self) -> None:
        """Close the port; requests that no thread has begun are dropped."""
        super().server_close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _admit(self, selector: selectors.BaseSelector) -> None:
        """Accept a connection, which then waits in silence."""
        if len(self._silent) >= _MOST_WAITING:
            self._close(selector, next(iter(self._silent)))
        try:
            connection, _ = self.socket.accept()
        except OSError:
            return  # it has gone again, or this process may open no more files

        connection.settimeout(PATIENCE)
        self._silent[connection] = time.monotonic()
        selector.register(connection, selectors.EVENT_READ)

    def _hand_over(self, selector: selectors.BaseSelector, connection: Any) -> None:
        """Give a connection that speaks to a thread."""
        selector.unregister(connection)
        del self._silent[connection]

        if self._places.acquire(blocking=False):
            self._threads.submit(self._answer, connection)
            return
        with contextlib.suppress(OSError):
            connection.setblocking(False)
            connection.recv(1 << 16)  # what is unread at the close would cancel the answer
            connection.send(_BUSY)
        connection.close()

    def _answer(self, connection: socket.socket) -> None:
        try:
            self.finish_request(connection, connection.getpeername())
        except OSError:
            pass  # the client has hung up, or was silent for too long
        except Exception:  # as socketserver does: it is printed, and the server lives on
            self.handle_error(connection, None)
        finally:
            self.shutdown_request(connection)
            self._places.release()

    def _dismiss(self, selector: selectors.BaseSelector) -> None:
        """Close the connections that were silent for too long."""
        late = time.monotonic() - PATIENCE
        for connection in [each for each, since in self._silent.items() if since < late]:
            self._close(selector, connection)

    def _close(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        selector.unregister(connection)
        del self._silent[connection]
        connection.close()

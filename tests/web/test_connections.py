"""Silent, slow, huge and unread connections stop nobody; the server ends in order."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.web import connections, guard, work
from motionlcm.web.server import MotionServer
from tests.web.test_server import ask, said, wish

HEAD = b"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline.from_pretrained()


@pytest.fixture
def server(pipeline):
    made = MotionServer(pipeline)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)
    assert not thread.is_alive()


def opened(server, count):
    return [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(count)]


def test_five_hundred_silent_connections_stop_nobody_and_cost_no_thread(server):
    before = threading.active_count()
    silent = opened(server, 500)
    try:
        assert ask(server, "api/generate", wish())[0] == 200
        assert threading.active_count() <= before + 8
    finally:
        for connection in silent:
            connection.close()


def test_more_connections_than_files_may_be_open_stop_nobody(server, monkeypatch):
    monkeypatch.setattr(connections, "most_connections", lambda: 40)
    silent = opened(server, 200)
    try:
        start = time.monotonic()
        assert ask(server, "api/generate", wish())[0] == 200
        assert time.monotonic() - start < 10
        assert len(server._server.server_state.connections) <= 40 + 1
    finally:
        for connection in silent:
            connection.close()


def test_fewer_connections_are_taken_than_files_may_be_opened(monkeypatch):
    for limit, most in ((256, 96), (1024, 864), (64, 8), (10**6, 2000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert connections.most_connections() == most


@pytest.mark.parametrize("content", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(server, monkeypatch, content):
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.2)
    start = time.monotonic()
    assert said(server, content) == b""
    assert time.monotonic() - start < 10


def test_a_byte_now_and_then_does_not_put_the_end_off(server, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.4)
    monkeypatch.setattr(guard, "BODY_PATIENCE", 0.4)
    for whole in (b"GET / HTTP/1.1\r\nX-Long: ", HEAD % 500):
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.1) as connection:
            connection.sendall(whole)
            answer, is_open = b"", True
            while is_open and time.monotonic() - start < 10:
                try:
                    connection.sendall(b"a")
                    part = connection.recv(65536)
                    answer, is_open = answer + part, bool(part)
                except TimeoutError:
                    continue
                except OSError:
                    is_open = False
        assert not is_open and time.monotonic() - start < 5
        assert not answer or answer.startswith(b"HTTP/1.1 408 ")


SLOW = {
    "line": (b"GET ", b"/"),
    "head": (b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ", b"a"),
    "body": (b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n", b"a"),
    "chunks": (
        b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n",
    ),
    "next": (b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET %s HT", b"T"),
    "silence": (b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b""),
}


@pytest.mark.parametrize("path", [b"/health", b"/capabilities"])
def test_slow_clients_of_what_is_only_asked_for_are_not_waited_for(server, monkeypatch, path):
    pytest.importorskip("motionmcp.client")
    assert ask(server, path.decode()[1:])[0] == 200  # and the protocol is open
    monkeypatch.setattr(connections, "HEAD_PATIENCE", 0.5)
    monkeypatch.setattr(guard, "BODY_PATIENCE", 0.5)
    slow = {name: opened(server, 4) for name in SLOW}
    for name, some in slow.items():
        for connection in some:
            connection.settimeout(0.01)
            connection.sendall(SLOW[name][0].replace(b"%s", path))

    start = time.monotonic()
    while slow and time.monotonic() - start < 20:
        assert ask(server, path.decode()[1:])[0] == 200  # others are answered meanwhile
        slow = {name: left for name, some in slow.items() if (left := still_open(name, some))}
    assert not slow


def still_open(name, some):
    """Those of some slow clients that go on after another byte of theirs."""
    left = []
    for connection in some:
        try:
            connection.sendall(SLOW[name][1])
            is_open = bool(connection.recv(65536))
        except TimeoutError:
            is_open = True
        except OSError:
            is_open = False
        if is_open:
            left.append(connection)
        else:
            connection.close()
    return left


def test_eight_slow_senders_stop_nobody(server):
    slow = opened(server, 8)
    try:
        for connection in slow:
            connection.sendall(HEAD % 1000 + b"{")
        for _ in range(3):
            start = time.monotonic()
            assert ask(server, "api/generate", wish())[0] == 200
            assert time.monotonic() - start < 5
    finally:
        for connection in slow:
            connection.close()


def test_a_client_that_does_not_read_is_not_waited_for_for_ever(server, monkeypatch):
    monkeypatch.setattr(connections, "READING_PATIENCE", 0.3)
    body = json.dumps(wish(seconds=9.8, variants=8)).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        for _ in range(20):  # more than the system keeps for a client
            connection.sendall(HEAD % len(body) + body)
        state = server._server.server_state
        end = time.monotonic() + 60
        while state.connections and time.monotonic() < end:
            time.sleep(0.05)
        assert not state.connections


def test_a_body_that_is_too_large_is_refused_and_dropped(server, monkeypatch):
    monkeypatch.setattr(guard, "LARGEST_BODY", 1000)
    monkeypatch.setattr(guard, "LARGEST_FILE", 100_000)
    status, body, _ = ask(server, "api/generate", b"x" * 50_000)
    assert status == 413 and "more than 1,000 bytes" in json.loads(body)["error"]
    assert ask(server, "api/read?name=a.bvh", b"x" * 50_000)[0] == 400
    assert ask(server, "api/read?name=a.bvh", b"x" * 150_000)[0] == 413
    assert server.app._bytes == 0


def test_all_bodies_together_have_a_limit(server, monkeypatch):
    monkeypatch.setattr(guard, "ALL_BODIES", 10_000)
    slow = opened(server, 3)
    for connection in slow:
        connection.sendall(HEAD % 100_000 + b"x" * 3_200)
    end = time.monotonic() + 30
    while server.app._bytes < 9_600 and time.monotonic() < end:
        time.sleep(0.05)
    status, _, headers = ask(server, "api/generate", wish("a person jumps " * 60))
    assert status == 503 and headers["Retry-After"] == "1"
    for connection in slow:
        connection.close()
    end = time.monotonic() + 20
    while server.app._bytes and time.monotonic() < end:
        time.sleep(0.02)
    assert ask(server, "api/generate", wish())[0] == 200


def occupied(server):
    """An event that ends a job which has begun and does not end before."""
    has_begun, go_on = threading.Event(), threading.Event()
    server.workshop.call(lambda: (has_begun.set(), go_on.wait()))
    assert has_begun.wait(60)
    return go_on


def test_more_requests_than_places_are_told_to_come_back(server, monkeypatch):
    monkeypatch.setattr(work, "MOST_WAITING", 2)
    go_on = occupied(server)
    waiting = [server.workshop.call(lambda: None) for _ in range(2)]
    try:
        status, body, headers = ask(server, "api/generate", wish())
        assert status == 503 and headers["Retry-After"] == "1" and b"busy" in body
    finally:
        go_on.set()
    for each in waiting:
        each.result(30)
    assert ask(server, "api/generate", wish())[0] == 200


def test_whoever_hangs_up_is_worked_for_no_more(server):
    go_on = occupied(server)
    body = json.dumps(wish()).encode()
    (client,) = opened(server, 1)
    client.sendall(HEAD % len(body) + body)
    end = time.monotonic() + 20
    while not server.workshop._jobs and time.monotonic() < end:
        time.sleep(0.02)
    (job,) = server.workshop._jobs
    client.close()
    while not job.result.cancelled() and time.monotonic() < end:
        time.sleep(0.02)
    go_on.set()
    assert job.result.cancelled()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_in_order_after_what_it_is_at(tmp_path, number):
    command = [sys.executable, "-m", "motionlcm.cli.demo", "--no-browser", "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    url = process.stdout.readline().split()[0]
    port = int(url.rstrip("/").rpartition(":")[2])
    body = json.dumps(wish(seconds=9.8, variants=8)).encode()
    with (
        socket.create_connection(("127.0.0.1", port), timeout=60) as silent,
        socket.create_connection(("127.0.0.1", port), timeout=60) as client,
    ):
        client.sendall(HEAD % len(body) + body)
        time.sleep(0.3)
        process.send_signal(number)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert silent.recv(10) == b""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and out == "ended\n" and err == ""
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"}")

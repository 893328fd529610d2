"""The command of the server for programs: what it needs, whom it serves, what it says."""

import json
import os
import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from motionlcm.cli import serve
from motionlcm.web.guard import is_loopback, known_hosts


def test_what_is_not_installed_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(serve, "find_spec", lambda name: None if name == "fastapi" else name)
    assert serve.main([]) == 1
    error = capsys.readouterr().err
    assert "pip install 'motionlcm[serve]'" in error and error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "99999"], ["--host", "no.such.host.example"]])
def test_wrong_arguments_are_one_line(arguments, capsys):
    assert serve.main(arguments) in (1, 2)
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1


def test_names_that_lead_here_are_known_and_others_are_not():
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("::")
    assert known_hosts("127.0.0.1", ["motion.lan"]) == ("motion.lan",)
    assert "motion.lan" in known_hosts("0.0.0.0", ["Motion.LAN"])


def test_the_network_is_served_where_that_is_asked_for():
    pytest.importorskip("motionmcp")
    command = [sys.executable, "-m", "motionlcm.cli.serve", "--port", "0", "--host", "0.0.0.0"]
    process = subprocess.Popen(
        [*command, "--allow-host", "motion.lan"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        url = process.stdout.readline().split()[0]
        for host, status in (
            ("10.1.2.3:8000", 200),
            ("motion.lan", 200),
            ("localhost", 200),
            ("elsewhere.example", 403),
        ):
            request = Request(url + "capabilities", headers={"Host": host})
            try:
                with urlopen(request, timeout=60) as answer:
                    assert json.loads(answer.read())["models"] and status == 200
            except HTTPError as error:
                assert error.code == status
                assert json.loads(error.read())["error"]["code"] == "forbidden"
        with pytest.raises(HTTPError) as no_page:
            urlopen(url, timeout=60)
        assert no_page.value.code == 404
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors == "note: 0.0.0.0 can be reached by other machines, and there is no password\n"

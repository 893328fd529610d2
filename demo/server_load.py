"""Many clients, many silent connections and slow senders at a server near its limit of open files.

``python demo/server_load.py --clients 50 --requests 100 --silent 500 --files 1024`` starts the
server, asks it as fast as it answers, and prints what became of the requests, how long they took,
and what memory the server had. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PROMPTS = ("a person walks forward", "a person jumps", "a person waves with the right hand")
SILENT_AGAIN = 2.0  #: seconds after which closed silent connections are opened again


def main() -> None:
    """Start, load, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--clients", type=int, default=50, help="that ask at one time")
    add("--requests", type=int, default=100, help="of each client")
    add("--minutes", type=float, default=5.0, help="after which no client asks again")
    add("--silent", type=int, default=500, help="connections that say nothing, kept open")
    add("--slow", type=int, default=8, help="senders of a byte every nine seconds")
    add("--files", type=int, default=1024, help="that the server may open")
    add("--seconds", type=float, default=4.0, help="of each motion")
    options = parser.parse_args()

    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (options.files, options.files))

    command = [sys.executable, "-m", "motionlcm.cli.serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit_files)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split()[0].rstrip("/").rpartition(":")[2])
        asyncio.run(Load(port, server.pid, options).run())
    finally:
        server.terminate()
        print("ended with", server.wait(30))


class Load:
    """The clients of one run."""

    def __init__(self, port: int, process: int, options: argparse.Namespace) -> None:
        self.port, self.process, self.options = port, process, options
        self.times: list[float] = []
        self.outcomes: Counter[str] = Counter()
        self.memory: list[float] = []
        self.most_files = 0
        self.end = time.monotonic() + 60 * options.minutes

    async def run(self) -> None:
        """Load the server, and print the figures."""
        await self.ask(0)  # the first request warms it
        self.times.clear()
        self.outcomes.clear()

        watchers = [asyncio.create_task(self.watch())]
        watchers += [asyncio.create_task(self.be_silent()) for _ in range(self.options.silent)]
        watchers += [asyncio.create_task(self.be_slow()) for _ in range(self.options.slow)]
        await asyncio.sleep(1)
        start, worked = time.monotonic(), work_of(self.process)
        await asyncio.gather(*(self.client(number) for number in range(self.options.clients)))
        elapsed, worked = time.monotonic() - start, work_of(self.process) - worked
        for watcher in watchers:
            watcher.cancel()

        times = sorted(self.times)
        print("outcomes", dict(self.outcomes), f"in {elapsed:.0f} s")
        rate, share = len(times) / elapsed, worked / elapsed
        print(f"{rate:.1f} motions a second, with {share:.2f} of a core for the server:")
        print(f"{1000 * share / rate:.1f} ms of a core for each")
        print(
            f"median {statistics.median(times):.3f} s, 99 % {times[int(len(times) * 0.99)]:.3f} s, "
            f"longest {times[-1]:.3f} s"
        )
        quarters = [self.memory[len(self.memory) * part // 4] for part in range(4)]
        print("memory MB", [round(each) for each in (*quarters, self.memory[-1])])
        print(f"most files open {self.most_files} of {self.options.files}")

    async def client(self, number: int) -> None:
        """Ask again and again."""
        for turn in range(self.options.requests):
            if time.monotonic() > self.end:
                return
            await self.ask(number * 1000 + turn)

    async def ask(self, seed: int) -> None:
        """Ask for one motion; as the page does, once more where the server is busy."""
        wish = {
            "prompts": [{"text": PROMPTS[seed % 3], "seconds": self.options.seconds}],
            "seed": seed,
        }
        body = json.dumps(wish).encode()
        start = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(
                b"POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
            answer = await reader.read()
            writer.close()
            self.outcomes[answer.split(b" ", 2)[1].decode() if answer else "closed"] += 1
        except OSError as error:
            self.outcomes[type(error).__name__] += 1
        self.times.append(time.monotonic() - start)

    async def be_silent(self) -> None:
        """Hold a connection and say nothing; open it again when it is closed."""
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                await reader.read()
                writer.close()
            except OSError:
                pass
            await asyncio.sleep(SILENT_AGAIN)

    async def be_slow(self) -> None:
        """Send a request a byte at a time."""
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                for byte in b"POST /api/generate HTTP/1.1\r\n" * 9:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(9)
            except OSError:
                await asyncio.sleep(1)

    async def watch(self) -> None:
        """Look at the server's memory and open files."""
        while True:
            self.memory.append(next(memory_of(self.process)))
            folder = Path(f"/proc/{self.process}/fd")
            self.most_files = max(self.most_files, sum(1 for _ in folder.iterdir()))
            await asyncio.sleep(1)


def memory_of(process: int) -> Iterator[float]:
    """Resident memory of a process in megabytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            yield int(line.split()[1]) / 1024


def work_of(process: int) -> float:
    """Seconds of a core that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()

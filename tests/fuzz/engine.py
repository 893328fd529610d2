"""Damages seed files and reads them; what is neither read nor refused in one line is a crash.

A long run goes round all readers, so that one that is cut short has reached each of them, tells how
many files of each were tried, and keeps each new kind of crash as a file:
``python tests/fuzz/engine.py --count 5000 --minutes 60 --crashes FOLDER``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mutations import mutate
from readers import READERS
from rows import REFUSALS, Reader

LONGEST = 600  #: characters of a refusal: a path, and what is wrong
ROUND = 40  #: files of a reader before it is the next one's turn
MEMORY = 1 << 30  #: bytes that no reader needs beyond what all take when they are open


@dataclass(frozen=True)
class Crash:
    """A damaged file that is neither read nor refused as it should.

    Attributes:
        reader: its row.
        file: which of the row's files was damaged.
        seed: of the damage.
        content: of the damaged file.
        words: what happened; ``kind`` is the same without what differs from file to file.
    """

    reader: str
    file: str
    seed: int
    content: bytes
    words: str
    kind: str


def crashes(reader: Reader, seeds: range, folder: Path) -> Iterator[Crash]:
    """Damage a reader's files once a seed, in ``folder``, and yield the crashes."""
    reader.write(folder)
    reader.read(folder)
    for seed in seeds:
        crash, _ = tried(reader, seed, folder)
        if crash is not None:
            yield crash


def tried(reader: Reader, seed: int, folder: Path) -> tuple[Crash | None, float]:
    """Damage one of the good files in a folder, read it, and put it back.

    Returns:
        The crash, if it is one, and the seconds of the processor that reading took.
    """
    name = reader.files[seed % len(reader.files)]
    path = folder / name
    whole = path.read_bytes()
    damaged = mutate(whole, path.suffix, seed)
    path.write_bytes(damaged)

    start = time.process_time()
    words = complaint(reader, folder)
    seconds = time.process_time() - start
    path.write_bytes(whole)
    if not words:
        return None, seconds
    return Crash(reader.name, name, seed, damaged, words, words.splitlines()[0]), seconds


def complaint(reader: Reader, folder: Path) -> str:
    """What is wrong with how a reader takes a folder's files; "" where it reads or refuses well."""
    start = time.process_time()  # the machine may be busy
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.read(folder)
    except REFUSALS as error:
        text = str(error)
        if "\n" in text:
            return f"{type(error).__name__} of several lines\n{text}"
        if not text or len(text) > LONGEST + len(str(folder)):
            return f"{type(error).__name__} of {len(text)} characters\n{text[:2000]}"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        return f"{type(error).__name__} at {place}\n{traceback.format_exc()}"

    elapsed = time.process_time() - start
    return f"slow\n{elapsed:.1f} s" if elapsed > reader.seconds else ""


@dataclass
class Tally:
    """What a long run has seen of one reader."""

    reader: Reader
    folder: Path
    tried: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)

    def go_on(self, first: int, number: int, kept: Path | None) -> None:
        """Try so many more files; print and keep each new kind of crash."""
        for seed in range(first + self.tried, first + self.tried + number):
            crash, seconds = tried(self.reader, seed, self.folder)
            self.tried += 1
            self.seconds += seconds
            self.slowest = max(self.slowest, seconds)
            if crash is None:
                continue
            self.kinds[crash.kind] += 1
            if self.kinds[crash.kind] == 1:
                print(f"{crash.reader} {crash.file} seed {seed}: {crash.words}", flush=True)
                keep(crash, kept)

    def __str__(self) -> str:
        return (
            f"{self.reader.name}: {self.tried:,} files in {self.seconds:.0f} s of the processor, "
            f"the slowest {self.slowest:.2f} s, {dict(self.kinds) or 'no crash'}"
        )


def main() -> int:
    """Run for long, and print and keep each kind of crash once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=[reader.name for reader in READERS], action="append")
    parser.add_argument("--count", type=int, default=1000, help="damaged files of a quick reader")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="the longest")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--crashes", type=Path, help="where files that crash are kept")
    options = parser.parse_args()
    sys.path.append(str(Path(__file__).parents[2]))  # rows use other tests' helpers

    with tempfile.TemporaryDirectory() as place:
        tallies = []
        for reader in READERS:
            if not options.reader or reader.name in options.reader:
                folder = Path(place) / reader.name
                folder.mkdir()
                reader.write(folder)
                reader.read(folder)
                tallies.append(Tally(reader, folder))
        limit_memory()
        go_round(tallies, options)

    print(*tallies, sep="\n")
    print(f"{sum(each.tried for each in tallies):,} files in all")
    return 1 if any(each.kinds for each in tallies) else 0


def go_round(tallies: list[Tally], options: argparse.Namespace) -> None:
    """Try a few files of each reader in turn, until all are done or the time is up."""
    end = time.monotonic() + 60 * options.minutes
    for number in range(-(-options.count // ROUND)):
        for tally in tallies:
            left = options.count // tally.reader.cost - tally.tried
            turn = -(-ROUND // tally.reader.cost)
            tally.go_on(options.first, max(0, min(left, turn)), options.crashes)
        if number % 10 == 9:
            print(f"{sum(each.tried for each in tallies):,} files so far", flush=True)
        if time.monotonic() > end:
            return


def limit_memory() -> None:
    """Let no file take more than ``MEMORY`` from here on (Linux)."""
    status = Path("/proc/self/statm")
    if status.is_file():
        held = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, resource.RLIM_INFINITY))


def keep(crash: Crash, folder: Path | None) -> None:
    """Keep a crash where ``regressions`` finds it: ``READER/SEED/path of the file``."""
    if folder is not None:
        path = folder / crash.reader / str(crash.seed) / crash.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(crash.content)


if __name__ == "__main__":
    raise SystemExit(main())

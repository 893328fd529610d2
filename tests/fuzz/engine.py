"""Damages seed files and reads them; what is neither read nor refused in one line is a crash.

A long run, which keeps each new kind of crash as a file:
``python tests/fuzz/engine.py --reader bvh --count 5000 --crashes FOLDER``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutations import mutate
from readers import READERS, REFUSALS, Reader

LONGEST = 600  #: characters of a refusal: a path, and what is wrong
SLOW = 20.0  #: seconds that no reader needs for a small file


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
        name = reader.files[seed % len(reader.files)]
        path = folder / name
        whole = path.read_bytes()
        damaged = mutate(whole, path.suffix, seed)
        path.write_bytes(damaged)
        words = complaint(reader, folder)
        path.write_bytes(whole)
        if words:
            yield Crash(reader.name, name, seed, damaged, words, words.splitlines()[0])


def complaint(reader: Reader, folder: Path) -> str:
    """What is wrong with how a reader takes a folder's files; "" where it reads or refuses well."""
    start = time.perf_counter()
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

    elapsed = time.perf_counter() - start
    return f"slow\n{elapsed:.1f} s" if elapsed > SLOW else ""


def main() -> int:
    """Run for long, and print and keep each kind of crash once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=[reader.name for reader in READERS], action="append")
    parser.add_argument("--count", type=int, default=1000, help="damaged files a reader")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--crashes", type=Path, help="where files that crash are kept")
    options = parser.parse_args()
    sys.path.append(str(Path(__file__).parents[2]))  # rows use other tests' helpers

    total = 0
    for reader in READERS:
        if options.reader and reader.name not in options.reader:
            continue
        kinds: dict[str, int] = {}
        start = time.perf_counter()
        seeds = range(options.first, options.first + options.count)
        with tempfile.TemporaryDirectory() as folder:
            for crash in crashes(reader, seeds, Path(folder)):
                kinds[crash.kind] = kinds.get(crash.kind, 0) + 1
                if kinds[crash.kind] == 1:
                    print(
                        f"{reader.name} {crash.file} seed {crash.seed}: {crash.words}", flush=True
                    )
                    keep(crash, options.crashes)
        elapsed = time.perf_counter() - start
        print(f"{reader.name}: {options.count} files in {elapsed:.0f} s, {kinds or 'no crash'}")
        total += sum(kinds.values())
    return 1 if total else 0


def keep(crash: Crash, folder: Path | None) -> None:
    """Keep a crash where ``regressions`` finds it: ``READER/SEED/path of the file``."""
    if folder is not None:
        path = folder / crash.reader / str(crash.seed) / crash.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(crash.content)


if __name__ == "__main__":
    raise SystemExit(main())

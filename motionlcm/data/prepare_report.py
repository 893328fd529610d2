"""What became of every clip of a folder: a summary, ``report.json`` and ``report.html``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.formats.reports import Seen, write_reports

_NUMBER = re.compile(r"(?<![\w.])-?\d+(\.\d+)?(?![\w.])")  # none that belongs to a name


@dataclass
class PrepareReport:
    """What became of every clip: ``rejected`` and ``notes`` are lists of ``{"clip", "reason"}``."""

    accepted: int = 0
    frames: int = 0
    seconds: float = 0.0
    statistics: str = ""  #: where mean and deviation come from
    rejected: list[dict[str, str]] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    composition: str = ""  #: what was composed and what was dropped
    problem: str = ""  #: why nothing was written beside the report
    seen: dict[str, Seen] = field(default_factory=dict, repr=False)  #: for the page alone

    def reject(self, clip: str, reason: str) -> None:
        """Note that a clip was left out, and why; what comes before a colon is counted alike."""
        self.rejected.append({"clip": clip, "reason": reason})

    def note(self, clip: str, reason: str) -> None:
        """Note what was assumed or repaired in a clip."""
        self.notes.append({"clip": clip, "reason": reason})

    def summary(self) -> str:
        """One line a reason, with its count and the first clip that it is said of.

        Reasons that differ in a number only are one.
        """
        lines = [f"{self.accepted} clips, {self.frames} frames ({self.seconds / 60:.1f} minutes)"]
        if self.statistics:
            lines.append(f"mean and deviation: {self.statistics}")
        if self.composition:
            lines.append(self.composition)

        for title, rows in (("rejected", self.rejected), ("note", self.notes)):
            heads = [row["reason"].split(":")[0] for row in rows]
            kinds = [_NUMBER.sub("N", head) for head in heads]
            first = dict(reversed(list(zip(kinds, rows))))
            variants = Counter(kind for kind, _ in set(zip(kinds, heads)))
            for kind, count in Counter(kinds).most_common():
                row = first[kind]
                name = kind if variants[kind] > 1 else row["reason"].split(":")[0]
                lines.append(f"{title}: {count} x {name} (such as {row['clip']}: {row['reason']})")
        return "\n".join(lines)

    def see(self, clip: str, array: np.ndarray, fps: float, captions: Iterable[str]) -> None:
        """Keep what the report's page shows of a clip: positions ``[T 22 3]`` or features."""
        texts = list(dict.fromkeys(captions))
        more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
        words = f"{texts[0]}{more}" if texts else ""
        self.seen[clip] = Seen.of_array(array, fps, words)

    @contextmanager
    def written(
        self, folder: Path, accepted: Callable[[], Iterable[str]], *, source: str | Path
    ) -> Iterator[None]:
        """Write the report when the block ends, whatever went wrong in it; else as ``write``."""
        try:
            yield
        except BaseException as error:
            self.problem = str(error) if any(True for _ in accepted()) else ""
            raise
        finally:
            self.write(folder, accepted(), source=source)

    def write(self, folder: Path, accepted: Iterable[str], *, source: str | Path) -> Path:
        """Write ``report.json``, which names every clip that was left out, and ``report.html``.

        Args:
            folder: to write into.
            accepted: names of the clips that were not left out.
            source: the folder that was read, for the page's title.
        Returns:
            The path of ``report.json``.
        """
        content = {name: value for name, value in vars(self).items() if name != "seen"}
        lines = self.summary().split("\n")
        return write_reports(
            folder,
            content,
            key="clip",
            accepted=tuple(accepted),
            seen=self.seen,
            title=f"Prepared: {source}",
            summary=[self.problem, *lines] if self.problem else lines,
        )

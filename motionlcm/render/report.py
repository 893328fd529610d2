"""A report on many motions as web pages: a table with a small picture of each, nothing loaded.

The table is sorted by a click on a heading. A page holds at most 10,000 rows or about 10 MB; the
rest is on further pages, ``report-2.html`` and so on, each linked from all.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from motionlcm.atomic_files import write_bytes
from motionlcm.integrity import packaged_text

NAME = "report.html"
_MOST_ROWS = 10_000
_LARGEST = 10_000_000  #: bytes of rows on a page
_LONGEST = 600  #: characters of a cell
_HEADINGS = (("name", "text"), ("what", "text"), ("reason or note", "text"), ("seconds", "number"))


@dataclass(frozen=True)
class ReportRow:
    """One motion of a report.

    Attributes:
        name: of the clip or file.
        outcome: what became of it, in a word; "rejected" stands out.
        reason: why, and what was noted.
        seconds: its length, or None where it is not known.
        words: what is said of it.
        picture: an SVG, or "".
    """

    name: str
    outcome: str
    reason: str = ""
    seconds: float | None = None
    words: str = ""
    picture: str = ""


def write_report_pages(
    folder: str | Path, rows: Sequence[ReportRow], *, title: str, summary: Sequence[str] = ()
) -> list[Path]:
    """Write ``report.html`` and, for thousands of rows, the pages after it.

    Args:
        folder: to write into; pages of a report before are replaced or removed.
        rows: in the order to show them.
        title: of the pages.
        summary: paragraphs above the table.
    Returns:
        The paths written.
    """
    folder = Path(folder)
    parts = _split([_row(row) for row in rows])
    names = [NAME, *(f"report-{number}.html" for number in range(2, len(parts) + 1))]
    paths = []
    for number, part in enumerate(parts):
        page = _page(part, title, summary, _links(names, number))
        paths.append(write_bytes(folder / names[number], page.encode()))

    for path in folder.glob("report-*.html"):
        if path.name not in names and path.stem.removeprefix("report-").isdigit():
            path.unlink()
    return paths


def _split(rows: list[str]) -> list[list[str]]:
    """Rows by page; one page at least."""
    parts: list[list[str]] = [[]]
    size = 0
    for row in rows:
        if len(parts[-1]) >= _MOST_ROWS or (parts[-1] and size + len(row) > _LARGEST):
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += len(row)
    return parts


def _page(rows: list[str], title: str, summary: Sequence[str], links: str) -> str:
    style, script = (packaged_text(f"render/report.{kind}") for kind in ("css", "js"))
    head = "".join(
        f'<th data-kind="{kind}"><button type="button">{name}</button></th>'
        for name, kind in (*_HEADINGS, ("caption", "text"))
    )
    return Template(packaged_text("render/report.html")).substitute(
        title=html.escape(title),
        style_hash=_hash(style),
        script_hash=_hash(script),
        style=style,
        script=script,
        summary="\n".join(f"<p>{html.escape(line)}</p>" for line in summary),
        head=f"<th></th>{head}",
        rows="\n".join(rows),
        links=links,
    )


def _row(row: ReportRow) -> str:
    seconds = "" if row.seconds is None else f"{row.seconds:.2f}"
    cells = [f"<td class=p>{row.picture}"]
    cells += [f"<td>{_cell(text)}" for text in (row.name, row.outcome, row.reason)]
    cells += [f"<td class=n>{seconds}", f"<td>{_cell(row.words)}"]
    return f"<tr class={html.escape(row.outcome)}>{''.join(cells)}"


def _cell(text: str) -> str:
    """A text for a cell, cut where it is very long."""
    return html.escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ...")


def _links(names: list[str], current: int) -> str:
    """Links to all pages; "" where there is one."""
    if len(names) == 1:
        return ""
    words = [
        str(number + 1) if number == current else f'<a href="{name}">{number + 1}</a>'
        for number, name in enumerate(names)
    ]
    return f"<p>The report has {len(names)} pages, each sorted by itself: {' '.join(words)}</p>"


def _hash(text: str) -> str:
    """How a content security policy names an inline script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

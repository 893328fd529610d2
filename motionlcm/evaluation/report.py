"""One web page about a model: curves of its training, probes, distances, speed, and motions drawn.

The page is complete in itself: plots are SVG and poses PNG inside it, there is no script, and
nothing is loaded. Plots take their text's colour from the page, so light and dark both read well.
Only this module needs matplotlib.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from motionlcm.atomic_files import write_bytes
from motionlcm.motion.layout import layout_of
from motionlcm.motion.motion import Motion
from motionlcm.render.figure import contact_sheet

FILE_NAME = "report.html"
#: Stages in the order in which they train; others follow by name.
_STAGES = ("evaluator", "vae", "decoder", "teacher", "student")
_BLUE = "#3f86d6"
_ORANGE = "#e0732f"
_GREEN = "#2f9e74"
_TEXT, _FAINT = "#010203", "#040506"  #: stand for colours of the page, which CSS knows
_WIDTH = 7.6  #: inches of a plot
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_SHOWN = {"FID for ever more clips": "FID infinity"}  #: names in the field of those in JSON
_FEET = ("left ankle", "left toe", "right ankle", "right toe")
_STYLE = """
:root { color-scheme: light dark; --back: #fbfbfc; --text: #20242b; --faint: #c9ced6; }
@media (prefers-color-scheme: dark) {
  :root { --back: #15181d; --text: #e3e6eb; --faint: #3c434e; }
}
body { margin: 2rem auto; padding: 0 1rem; max-width: 60rem; background: var(--back);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--faint); }
figure { margin: 1.5rem 0; }
figure svg, figure img { display: block; width: 100%; height: auto; }
figure img { border-radius: 0.5rem; }
figcaption { font-size: 0.9rem; opacity: 0.85; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--faint); text-align: right; }
th:first-child { text-align: left; }
"""


def write_report(
    folder: str | Path,
    *,
    figures: Mapping[str, Any],
    pipeline_name: str,
    motions: Sequence[Motion] = (),
    training: Path | None = None,
) -> Path:
    """Write ``report.html``, whole or not at all; what there are no figures of is left out.

    Args:
        folder: made where it is missing.
        figures: as ``motionlcm-evaluate --json`` has them: ``quality``, ``probes``, ``speed_ms``.
        pipeline_name: the title.
        motions: clips to draw, with their captions.
        training: a run's folder, whose stages hold a ``metrics.jsonl`` each; None: no curves.
    Returns:
        The page.
    Raises:
        FileNotFoundError: ``training`` is no folder, or holds no stage's metrics.
        ImportError: matplotlib is not installed.
    """
    _figure_class()  # says what is missing before anything is drawn
    sections = [
        ("Quality", _quality(figures["quality"]) if "quality" in figures else []),
        ("Action probes", _probes(figures["probes"]) if "probes" in figures else []),
        ("Speed", _speed(figures["speed_ms"]) if "speed_ms" in figures else []),
        ("Motions", [part for motion in motions for part in _motion(motion)]),
        ("Training", _training(Path(training)) if training is not None else []),
    ]

    title = html.escape(pipeline_name)
    body = "".join(f"<h2>{name}</h2>{''.join(parts)}" for name, parts in sections if parts)
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>\n"
    )

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return write_bytes(folder / FILE_NAME, page.encode())


def _quality(quality: Mapping[str, Any]) -> list[str]:
    """Distances with their intervals by row, and the table of all figures."""
    rows = quality["rows"]
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    parts = [_distances(name, rows) for name in names if name.startswith("FID")]

    cells = [
        [
            _SHOWN.get(name, name),
            *(_with_interval(row[name]) if name in row else "" for row in rows.values()),
        ]
        for name in names
    ]
    split = quality.get("split", "")
    parts.append(_table(f"All figures on the {split} split", ["", *rows], cells))

    errors = [[name, f"{value:.1f}"] for name, value in quality.get("vae", {}).items()]
    if errors:
        parts.append(_table("Errors of the VAE's reconstructions", ["", "value"], errors))
    return parts


def _distances(name: str, rows: Mapping[str, Any]) -> str:
    """Bars of one distance, one a row."""
    shown = _SHOWN.get(name, name)
    known = {row: values[name] for row, values in rows.items() if name in values}
    means = [mean for mean, _ in known.values()]
    halves = [half for _, half in known.values()]

    figure, axes = _plot(0.9 + 0.34 * len(known))
    bars = axes.barh(list(known), means, xerr=halves, color=_BLUE, ecolor=_TEXT, capsize=3)
    words = [_with_interval(value) for value in known.values()]
    axes.bar_label(bars, words, padding=5, color=_TEXT, fontsize=9)

    axes.margins(x=0.25)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"{shown} (less is nearer to recorded motion)")

    listed = "; ".join(f"{row} {value}" for row, value in zip(known, words, strict=True))
    return _drawn(figure, f"{shown} by row: {listed}", f"{shown}, with 95 % intervals")


def _probes(probes: Mapping[str, Any]) -> list[str]:
    """Bars of the share that passed, by action; held-out prompts and recorded clips beside it."""
    kinds = [("the probes' own prompts", _shares(probes["passed"]), _BLUE)]
    if probes.get("further"):
        kinds.append(("held-out prompts", _shares(probes["further"]), _ORANGE))
    recorded = {name: n / total for name, (n, total) in probes.get("real", {}).items() if total}
    if recorded:
        kinds.append(("recorded clips", recorded, _GREEN))

    names = list(probes["passed"])
    height = 0.8 / len(kinds)
    figure, axes = _plot(1.2 + 0.34 * len(names))
    for index, (label, shares, colour) in enumerate(kinds):
        places = [row + index * height for row, name in enumerate(names) if name in shares]
        values = [100 * shares[name] for name in names if name in shares]
        axes.barh(places, values, height, color=colour, label=label, align="edge")

    axes.set_yticks([row + 0.4 for row in range(len(names))], names)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.3, len(names) + 0.1)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("clips that pass, %")
    _legend(axes)

    passed = kinds[0][1]
    listed = "; ".join(f"{name} {100 * share:.0f} %" for name, share in passed.items())
    caption = f"Passed: {100 * probes['share']:.1f} % of the clips of the probes' own prompts"
    if "further_share" in probes:
        caption += f", {100 * probes['further_share']:.1f} % of those of the held-out prompts"
    parts = [_drawn(figure, f"Share of clips that pass, by action: {listed}", caption)]

    physical = [[name, f"{value:.4g}"] for name, value in probes.get("physical", {}).items()]
    if physical:
        parts.append(_table("Physical figures of these clips", ["", "value"], physical))
    return parts


def _shares(counts: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[str, float]:
    """Share that passed, by action, of (passes, clips) by action and prompt."""
    shares = {}
    for name, prompts in counts.items():
        passes, clips = (sum(count[side] for count in prompts.values()) for side in (0, 1))
        if clips:
            shares[name] = passes / clips
    return shares


def _speed(speed: Mapping[str, Any]) -> list[str]:
    """A table of each part's times."""
    parts, single = [], []
    for part, rows in speed.items():
        if not isinstance(rows, Mapping):
            single.append([part, f"{rows:.1f}"])
            continue

        kinds = list(next(iter(rows.values()), {}))
        cells = [[name, *(f"{row[kind]:.1f}" for kind in kinds)] for name, row in rows.items()]
        parts.append(_table(f"{part}, milliseconds", ["", *kinds], cells))

    if single:
        parts.append(_table("Throughput", ["", "value"], single))
    return parts


def _motion(motion: Motion) -> list[str]:
    """Poses of a clip over time, and its root height, speed and foot contacts."""
    caption = motion.caption or "a motion"
    buffer = io.BytesIO()
    Image.fromarray(contact_sheet(motion)).save(buffer, "png", optimize=True)
    source = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    poses = f"Eight poses over {motion.duration:.1f} s: {caption}"
    strip = f'<img src="{source}" alt="{html.escape(poses)}">'

    root = motion.positions[:, 0]
    seconds = np.arange(len(root)) / motion.fps
    panels = [("root height, m", seconds, root[:, 1], _BLUE)]
    if len(root) > 1:
        steps = np.diff(root[:, [0, 2]], axis=0)
        speed = np.linalg.norm(steps, axis=-1) * motion.fps
        panels.append(("root speed, m/s", seconds[1:], speed, _ORANGE))

    contacts = _contacts(motion)
    figure, axes = _plot(3.8, rows=len(panels) + (contacts is not None))
    for panel, (label, times, values, colour) in zip(np.ravel(axes), panels, strict=False):
        panel.plot(times, values, color=colour)
        panel.set_ylabel(label)
        panel.set_ylim(bottom=min(0.0, float(values.min())))

    last = np.ravel(axes)[-1]
    if contacts is not None:
        _draw_contacts(last, contacts, motion.fps)
    last.set_xlabel("seconds")

    lists = "; ".join(
        f"{label} from {values.min():.2f} to {values.max():.2f}" for label, _, values, _ in panels
    )
    planted = "" if contacts is None else " and foot contacts"
    curves = _drawn(figure, f"{caption}: {lists}", f"Root height, speed{planted} over time")
    return [f"<figure>{strip}<figcaption>{html.escape(caption)}</figcaption></figure>", curves]


def _contacts(motion: Motion) -> np.ndarray | None:
    """Which of ``_FEET`` are planted, ``[T 4]``; None for a body or frame rate without features."""
    try:
        features = motion.features
    except ValueError:
        return None
    return features[:, layout_of(features).contacts] > 0.5


def _draw_contacts(axes: Any, contacts: np.ndarray, fps: float) -> None:
    """Bars where a foot is planted, one row a part of a foot."""
    edges = np.arange(len(contacts) + 1) / fps
    for row, is_planted in enumerate(contacts.T):
        # each frame fills the time up to the next one
        where = np.append(is_planted, is_planted[-1])
        colour = _BLUE if row < 2 else _ORANGE
        axes.fill_between(edges, row - 0.35, row + 0.35, where, step="post", color=colour, lw=0)

    axes.set_yticks(range(len(_FEET)), _FEET)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)


def _training(run: Path) -> list[str]:
    """Curves of loss and val score by step, one plot a stage."""
    if not run.is_dir():
        raise FileNotFoundError(f"no folder {run} of a training run")
    stages = sorted(path.parent.name for path in run.glob("*/metrics.jsonl"))
    if not stages:
        raise FileNotFoundError(f"{run} holds no stage with a metrics.jsonl; give a run's folder")

    stages.sort(key=lambda name: _STAGES.index(name) if name in _STAGES else len(_STAGES))
    return [_curves(stage, _read_rows(run / stage / "metrics.jsonl")) for stage in stages]


def _curves(stage: str, rows: list[dict[str, float]]) -> str:
    """Loss and val score of one stage."""
    series = [("loss", "loss", _BLUE), ("val_score", "val score", _ORANGE)]
    points = {key: [(row["step"], row[key]) for row in rows if key in row] for key, _, _ in series}
    known = [(key, label, colour) for key, label, colour in series if points[key]]

    figure, axes = _plot(2.2, columns=max(1, len(known)))
    ends = []
    for panel, (key, label, colour) in zip(np.ravel(axes), known, strict=False):
        steps, values = np.array(points[key], float).T
        marker = "o" if len(steps) < 40 else None
        panel.plot(steps, values, color=colour, marker=marker, markersize=3)

        # early losses are many times the late ones, which a plain axis would press flat
        if values.min() > 0 and values.max() > 8 * values.min():
            panel.set_yscale("log")
        panel.set_title(label, fontsize=10)
        panel.set_xlabel("step")
        ends.append(f"{label} from {values[0]:.4g} to {values[-1]:.4g} at step {steps[-1]:.0f}")

    return _drawn(figure, f"Training of the {stage}: {'; '.join(ends)}", f"Stage {stage}")


def _read_rows(path: Path) -> list[dict[str, float]]:
    """Rows of a ``metrics.jsonl``; a last line that is still being written is left out."""
    lines = path.read_text("utf-8").splitlines()
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(json.loads(line))
        except ValueError:
            if number < len(lines):
                raise ValueError(f"{path}: line {number} is damaged") from None
    return rows


def _figure_class() -> type:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            'the report draws with matplotlib, which is missing: pip install "motionlcm[demo]"'
        ) from None
    return Figure


def _plot(height: float, *, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """An empty figure and its axes, in colours that ``_drawn`` knows."""
    figure = _figure_class()(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=columns == 1)
    for panel in np.ravel(axes):
        panel.set_facecolor("none")
        panel.set_axisbelow(True)
        panel.tick_params(colors=_TEXT, labelsize=9)
        panel.grid(color=_FAINT, linewidth=0.7)
        panel.spines[["top", "right"]].set_visible(False)
        panel.spines[["left", "bottom"]].set_color(_FAINT)
        for text in (panel.xaxis.label, panel.yaxis.label, panel.title):
            text.set(color=_TEXT, fontsize=9)
    return figure, axes


def _legend(axes: Any) -> None:
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "ncols": 3}
    axes.legend(**place, frameon=False, labelcolor=_TEXT, fontsize=9)


def _drawn(figure: Any, description: str, caption: str) -> str:
    """A figure of matplotlib as part of the page; ``description`` is for who does not see it."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "motionlcm"}):  # the same figures give the same page
        figure.savefig(buffer, format="svg", transparent=True, metadata=_NO_METADATA)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].replace(_TEXT, "var(--text)").replace(_FAINT, "var(--faint)")

    # names of one picture must not be taken for those of another one on the page
    mark = f"p{zlib.crc32((description + svg).encode()):08x}"
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{mark}-", svg)
    label = html.escape(description)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f"<figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _table(caption: str, head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column names its rows."""
    top = "".join(f'<th scope="col">{html.escape(word)}</th>' for word in head)
    lines = []
    for name, *values in rows:
        cells = "".join(f"<td>{html.escape(value)}</td>" for value in values)
        lines.append(f'<tr><th scope="row">{html.escape(name)}</th>{cells}</tr>')
    return (
        f"<figure><figcaption>{html.escape(caption)}</figcaption><div class='wide'><table>"
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table></div></figure>"
    )


def _with_interval(value: Sequence[float]) -> str:
    mean, half = value
    return f"{mean:.4f} ± {half:.4f}" if half else f"{mean:.4f}"

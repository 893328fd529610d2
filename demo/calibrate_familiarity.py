"""Calibrate a model's familiarity on the probes, and write the table of ``docs/familiarity.md``.

    python demo/calibrate_familiarity.py                     # all packaged models
    python demo/calibrate_familiarity.py small --store STORE # captions anew from training clips
    python demo/calibrate_familiarity.py open --store STORE --sayings  # whose student heard sayings

Makes motions for all prompts of the probes and runs all tests on them, fits what tells the action
that a prompt asks for and the judge, and writes ``known.safetensors`` and the manifest of the model
folder. A model that keeps no captions needs ``--store``, the feature store that it was trained on.
"""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from motionlcm import MotionPipeline
from motionlcm.data.store import FeatureStore
from motionlcm.evaluation.asking import spoken_examples
from motionlcm.evaluation.calibration import PASSES, Asked, Calibration, Outcome, calibrate
from motionlcm.evaluation.probes import LISTS, further_prompts
from motionlcm.generation.familiarity import FAR, Wording, vectors_of
from motionlcm.generation.request import Request
from motionlcm.integrity import MANIFEST, write_manifest
from motionlcm.models.folder import PIPELINE_CONFIG, PRETRAINED, ModelFolder
from motionlcm.models.known import KNOWN, KnownCaptions, unit
from motionlcm.motion.action_tests import ACTION_TESTS
from motionlcm.motion.measures import Body
from motionlcm.training.known_captions import (
    SENTENCE_WIDTH,
    WORD_WIDTH,
    encoded,
    known_captions,
    phrases,
    principal,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "familiarity.md"
MARKS = "<!-- {} {} -->"  #: around the rows of a model in the page
_BATCH = 64  #: sayings encoded together


def main() -> None:
    """Calibrate each model, write its table and its rows of the page."""
    parser = argparse.ArgumentParser(description="Calibrate familiarity on the probes.")
    parser.add_argument("models", nargs="*", help="names or folders; default: all in the package")
    parser.add_argument("--store", type=Path, help="feature store that the model was trained on")
    parser.add_argument(
        "--sayings",
        action="store_true",
        help="with --store: the student heard what people say for captions (open did, small not)",
    )
    parser.add_argument("--seeds", type=int, default=4, help="motions for each prompt")
    options = parser.parse_args()

    packaged = sorted(path.parent for path in PRETRAINED.glob(f"*/{PIPELINE_CONFIG}"))
    for model in options.models or packaged:
        start = time.perf_counter()
        folder = ModelFolder.find(model)
        calibration, rows, plain = calibrated(folder, options)
        calibration.known.write(folder.path / KNOWN)
        if (folder.path / MANIFEST).is_file():
            write_manifest(folder.path)

        lines = table(calibration, rows, plain)
        print("\n".join(lines))
        if folder.path.parent == PRETRAINED:
            write_rows(folder.path.name, lines)
        print(f"wrote {folder.path / KNOWN} ({time.perf_counter() - start:.0f} s)")


def calibrated(
    folder: ModelFolder, options: argparse.Namespace
) -> tuple[Calibration, list[Outcome], np.ndarray]:
    """Fit the judge to what the probes say; also the plain cosine of each prompt ``[Q]``."""
    pipeline = MotionPipeline.from_pretrained(folder.path)
    encoder = folder.card.text_encoder

    def encode(captions: list[str]) -> np.ndarray:
        return pipeline.networks.encode(captions)[0]

    known = folder.known
    if options.store is not None:
        windows = FeatureStore.open(options.store).windows("train")
        known = known_captions(windows, encode, encoder, hears_sayings=options.sayings)
    if known is None:
        raise SystemExit(f"error: {folder.path} keeps no captions; give its training's --store")

    rows = outcomes(pipeline, num_seeds=options.seeds)
    prompts = [row.prompt for row in rows]
    uncalibrated = replace(known, measured=None, shares=None, judge=None)
    vectors = encode(prompts)
    plain = [
        Wording.of(uncalibrated, prompt, *vectors_of(uncalibrated, prompt, text)).cosine
        for prompt, text in zip(prompts, vectors, strict=True)
    ]

    # one basis for captions and prompts, so that both keep what tells them apart
    texts = list(known.captions.texts)
    sentences, words = encoded(texts + prompts, encode, encoder)
    bases = principal(sentences, SENTENCE_WIDTH), principal(np.concatenate(words), WORD_WIDTH)
    count = len(texts)
    known = replace(
        known,
        captions=phrases(texts, sentences[:count], words[:count], bases),
        sentence_basis=bases[0],
        word_basis=bases[1],
        measured=phrases(prompts, sentences[count:], words[count:], bases),
    )
    spoken, actions = spoken_examples()
    parts = [encode(spoken[start : start + _BATCH]) for start in range(0, len(spoken), _BATCH)]
    said = np.concatenate([part[:, 0] for part in parts])
    asked = Asked.fit(rows, unit(vectors[:, 0]), unit(said), actions)
    return calibrate(known, rows, asked), rows, np.array(plain)


def outcomes(pipeline: MotionPipeline, *, num_seeds: int) -> list[Outcome]:
    """What the tests of all actions say of motions for each prompt of the probes."""
    asked: dict[str, tuple[str, bool]] = {}
    for probe in LISTS["all"]:
        for prompts, is_held_out in ((probe.prompts, False), (further_prompts(probe), True)):
            for prompt in prompts:
                asked.setdefault(prompt, (probe.name, is_held_out))

    rows = []
    for prompt, (action, is_held_out) in asked.items():
        motions = pipeline.generate(Request.of(prompt, samples=num_seeds, steps=1))
        bodies = [Body(motion.positions) for motion in motions]
        shown = [[bool(test(body)) for test in ACTION_TESTS.values()] for body in bodies]
        rows.append(Outcome(action, prompt, np.array(shown), is_held_out))
    return rows


def table(calibration: Calibration, rows: list[Outcome], plain: np.ndarray) -> list[str]:
    """Rows of the page: what gets the note, of prompts that fail and of those that pass."""
    known: KnownCaptions = calibration.known
    passes = np.array([row.passes.mean() for row in rows]) >= PASSES
    told = {
        f"plain cosine under {FAR}": (
            int((plain[~passes] < FAR).sum()),
            int((plain[passes] < FAR).sum()),
        )
    }
    counts = {name: (*pair, int((~passes).sum()), int(passes.sum())) for name, pair in told.items()}
    for name, other in calibration.told.items():
        counts[name] = (other.failing[0], other.passing[0], other.failing[1], other.passing[1])

    assert known.judge is not None
    lines = [
        f"{len(known.captions)} captions kept; {len(rows)} prompts of the probes, "
        f"{int(passes.sum())} of them pass; threshold {known.judge.threshold:.3f}.",
        "",
        "| judged on | of prompts that fail, with the note | of prompts that pass, with the note |",
        "|---|---|---|",
    ]
    for name, (failing, passing, all_failing, all_passing) in counts.items():
        lines.append(
            f"| {name} | {100 * failing / max(1, all_failing):.0f} % ({failing} of {all_failing}) "
            f"| {100 * passing / max(1, all_passing):.0f} % ({passing} of {all_passing}) |"
        )
    return lines


def write_rows(name: str, lines: list[str]) -> None:
    """Put lines between a model's marks in the page."""
    begin, end = MARKS.format("begin", name), MARKS.format("end", name)
    page = PAGE.read_text("utf-8")
    if begin not in page:
        page = f"{page.rstrip()}\n\n## `{name}`\n\n{begin}\n{end}\n"
    body = "\n".join([begin, *lines, end])
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    PAGE.write_text(re.sub(pattern, lambda _: body, page, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()

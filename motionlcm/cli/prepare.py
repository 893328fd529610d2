"""``motionlcm-prepare SOURCE DESTINATION``, or ``amass SOURCE DESTINATION --body-models DIR``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.progress import Progress, clear_lines

if TYPE_CHECKING:
    from motionlcm.data.prepare import PrepareReport


def main(arguments: list[str] | None = None) -> int:
    """Parse, prepare, print the summary."""
    arguments = sys.argv[1:] if arguments is None else arguments

    if arguments[:1] == ["amass"]:
        options = _amass_parser().parse_intermixed_args(arguments[1:])
        return run_command(lambda: _prepare_amass(options), debug=options.debug)

    options = _parser().parse_intermixed_args(arguments)
    return run_command(lambda: _prepare(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-prepare",
        description="Turn a folder of motion (BVH, GLB, AMC, npz, npy, HumanML3D, KIT-ML) with "
        "captions into a feature store. AMASS: motionlcm-prepare amass --help.",
    )
    parser.add_argument("source", help="folder of motion files, or of new_joints/ and texts/")
    parser.add_argument(
        "destination", help="folder to write: features, index, statistics, report.html"
    )

    parser.add_argument(
        "--focus",
        action="store_true",
        help="add captions with times where a long recording shows a named action",
    )
    parser.add_argument(
        "--grounded",
        action="store_true",
        help="leave out train clips that keep off the floor for over a second",
    )
    parser.add_argument(
        "--sources",
        default="",
        metavar="A,B",
        help="only clips of these sources (see its sources.jsonl)",
    )
    parser.add_argument(
        "--min-frames",
        type=int,
        metavar="N",
        help="shortest clip; default: 40 for HumanML3D, 24 for KIT-ML, else 9",
    )

    # what is made of the clips
    parser.add_argument(
        "--compose",
        type=int,
        default=0,
        metavar="N",
        help="add N train clips composed of recorded ones: sequences, circles, repetitions, poses",
    )
    parser.add_argument(
        "--plain-captions",
        action="store_true",
        help="add captions in plain words, some measured, to train clips of known actions",
    )

    add_debug_flag(parser)
    return parser


def _prepare(options: argparse.Namespace) -> None:
    from motionlcm.data.prepare import prepare

    if options.min_frames is not None and options.min_frames < 2:
        raise ValueError(f"--min-frames must be at least 2, got {options.min_frames}")
    if options.compose < 0:
        raise ValueError(f"--compose must be at least 0, got {options.compose}")

    report = prepare(
        options.source,
        options.destination,
        focus=options.focus,
        sources=tuple(name.strip() for name in options.sources.split(",") if name.strip()),
        grounded=options.grounded,
        min_frames=options.min_frames,
        compose=options.compose,
        plain=options.plain_captions,
        progress=Progress(str(options.source), "clips"),
    )
    _show_result(report, options.destination)


def _amass_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-prepare amass",
        description="Build a folder in HumanML3D's layout from AMASS, with mirrored copies. Needs "
        "pip install 'motionlcm[amass]' and SMPL-H body models. (A folder called amass is given "
        "as ./amass.)",
    )
    parser.add_argument("source", help="folder with AMASS's folders (KIT, CMU, ...) in it")
    parser.add_argument(
        "destination",
        help="folder to write: new_joints, new_joint_vecs, texts, splits, report.json",
    )

    parser.add_argument(
        "--body-models",
        required=True,
        metavar="DIR",
        help="SMPL-H (and SMPL-X) models in npz form",
    )
    parser.add_argument("--index", help="HumanML3D's index.csv; the split files may lie beside it")
    parser.add_argument(
        "--texts", metavar="DIR", help="HumanML3D's caption files; default: the files' names"
    )

    add_debug_flag(parser)
    return parser


def _prepare_amass(options: argparse.Namespace) -> None:
    from motionlcm.data.amass import prepare_amass

    report = prepare_amass(
        options.source,
        options.destination,
        body_models=options.body_models,
        index=options.index,
        texts=options.texts,
        progress=Progress(str(options.source), "clips"),
    )
    _show_result(report, options.destination)


def _show_result(report: PrepareReport, destination: str) -> None:
    clear_lines()
    print(f"{report.summary()}\nwrote {destination} (see report.html for every clip)")


if __name__ == "__main__":
    raise SystemExit(main())

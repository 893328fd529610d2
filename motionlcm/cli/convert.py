"""``motionlcm-convert IN OUT``: motion files and folders to other formats, models to and fro."""

from __future__ import annotations

import argparse
import warnings
from typing import TYPE_CHECKING

from motionlcm.cli.bodies import add_body_flags, body_options
from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag
from motionlcm.cli.shape import add_shape_flags, has_shape_flags, shaped
from motionlcm.formats.table import WRITABLE, format_named, overview
from motionlcm.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

#: The flag of each option that a writer may have.
_FLAGS = {
    "names": "--joint-names",
    "unit": "--unit",
    "order": "--rotation-order",
    "body": "--body",
    "gender": "--gender",
    "character": "--character",
    "preset": "--preset",
}
_CHECKPOINTS = (".ckpt", ".pt", ".pth", ".tar")  #: how names of official checkpoints end
_DESCRIPTION = """\
Convert a motion file, or all of a folder with --format; or, without it, a feature store to a
folder in HumanML3D's layout. An npz is read as AMASS's if it holds poses and trans, and written
so with --format amass or a name that ends in .amass.npz.

Or a model, by name or folder, to ONNX files: motionlcm-convert small small.onnx.

Or an official MotionLCM checkpoint to a model folder:
motionlcm-convert motionlcm_humanml.ckpt FOLDER --statistics HUMANML3D"""


def main(arguments: list[str] | None = None) -> int:
    """Parse, read, write, print what was repaired and what was left out."""
    options = _parser().parse_args(arguments)
    return run_command(lambda: _convert(options), debug=options.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-convert",
        description=_DESCRIPTION,
        epilog=f"motion files:\n{overview()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("input")
    add("output")
    add("--format", help=f"one of {', '.join(WRITABLE)}; default: OUT's suffix")
    add("--fps", type=float, help="frames per second to write; default: 20, or the npz's own")

    add("--input-fps", type=float, metavar="RATE", help="of the recording; default: the file's own")
    add(
        "--animation",
        metavar="NAME",
        help="glb, gltf, bvh, npy, npz; which of several; default: one that moves",
    )

    add_shape_flags(parser)
    add_body_flags(parser)
    names = ("smpl", "mixamo", "motionbuilder")
    add("--joint-names", choices=names, help="bvh, glb; default: smpl")
    add("--unit", choices=("cm", "m"), help="bvh; default: cm")
    add("--rotation-order", metavar="XYZ", help="bvh; any order of the three; default: ZXY")

    genders = ("neutral", "female", "male")
    add("--body-models", metavar="FOLDER", help="SMPL-H or SMPL-X models, to read AMASS files with")
    add("--body", metavar="FOLDER", help="glb, amass; fit the SMPL-H or SMPL-X body in it")
    add("--gender", choices=genders, help="glb, amass; of that body; default: neutral")

    add("--statistics", metavar="FOLDER", help="ckpt; with HumanML3D's Mean.npy and Std.npy")
    add("--text-encoder", metavar="NAME", help="ckpt; name or path; default: sentence-t5-large")
    add("--heads", type=int, help="ckpt; of all attention layers; default: 4")
    add_debug_flag(parser)
    return parser


def _convert(options: argparse.Namespace) -> None:
    """Choose by the kind of input and output, and convert."""
    from pathlib import Path

    values = {name: getattr(options, flag[2:].replace("-", "_")) for name, flag in _FLAGS.items()}
    chosen = {name: value for name, value in values.items() if value is not None}
    source = Path(options.input)
    for name, value in (("INPUT", options.input), ("OUTPUT", options.output)):
        if not value.strip():
            raise ValueError(f"{name} is empty; give a file or a folder")

    if source.suffix.lower() in _CHECKPOINTS:
        _convert_checkpoint(options, chosen)
        return
    if options.statistics or options.text_encoder or options.heads:
        raise ValueError(
            "--statistics, --text-encoder and --heads go with a checkpoint (.ckpt); leave them out"
        )

    if _is_same(source, Path(options.output)):
        raise ValueError(
            f"{options.output} is the input itself, which would be lost; give another name"
        )

    if options.output.lower().endswith(".onnx"):
        _convert_model(options, chosen)
    elif not source.is_dir():
        _convert_file(options, chosen)
    elif options.format:
        _convert_folder(options, chosen)
    else:
        _convert_store(options, chosen)


def _is_same(source: Path, target: Path) -> bool:
    """Whether two paths lead to one file, be it by a link."""
    return source.is_file() and target.exists() and source.samefile(target)


def _convert_file(options: argparse.Namespace, chosen: dict[str, str]) -> None:
    from motionlcm.formats.read import load_motion_file
    from motionlcm.formats.write import format_of, written_rate

    kind = format_of(options.output, options.format)
    _check_flags(kind, chosen)
    body_options(options, [kind])
    motion, notes = load_motion_file(
        options.input,
        fps=options.fps,
        body_models=options.body_models,
        input_fps=options.input_fps,
        animation=options.animation,
    )
    motion, more = shaped(motion, options)
    for note in (*notes, *more):
        print(f"note: {note}")
    told = {"progress": Progress(options.output, "frames")} if format_named(kind).is_video else {}
    motion.save(options.output, format=options.format, **chosen, **told)
    rate = written_rate(motion, options.output, format=options.format, **chosen)
    print(f"wrote {options.output} ({motion.duration:.1f} s at {rate:g} fps)")


def _convert_checkpoint(options: argparse.Namespace, chosen: dict[str, str]) -> None:
    if chosen or _has_reading_flags(options) or options.format:
        raise ValueError(
            "a checkpoint takes only --statistics, --text-encoder and --heads; leave the others out"
        )

    from motionlcm.exchange.official import SENTENCE_T5, convert_official

    notes = convert_official(
        options.input,
        options.output,
        statistics=options.statistics,
        text_encoder=options.text_encoder or SENTENCE_T5,
        num_heads=4 if options.heads is None else options.heads,
    )
    for note in notes:
        print(f"note: {note}")
    print(f"wrote {options.output}")


def _convert_model(options: argparse.Namespace, chosen: dict[str, str]) -> None:
    if chosen or _has_reading_flags(options) or options.format:
        raise ValueError("a model becomes ONNX files without any option; leave them out")

    from motionlcm.formats.write import check_folder
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.models.folder import find_model

    find_model(options.input)
    check_folder(options.output)
    from motionlcm.exchange.onnx import write_onnx

    # What the exporter's own parts warn each other of is no matter of the user's.
    pipeline = MotionPipeline.from_pretrained(options.input, device="torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        paths = write_onnx(pipeline, options.output, progress=Progress(options.output, "files"))

    for path in paths:
        print(f"wrote {path} ({path.stat().st_size / 1e6:.0f} MB)")


def _has_reading_flags(options: argparse.Namespace) -> bool:
    """Whether there are options that only motion files have a use for."""
    flags = (options.fps, options.body_models, options.input_fps, options.animation)
    return has_shape_flags(options) or any(flag is not None for flag in flags)


def _check_flags(kind: str, chosen: dict[str, str]) -> None:
    """Refuse a flag that the format to write has no use for, by the flag's own name."""
    from motionlcm.formats.write import check_options

    for name, value in chosen.items():
        try:
            check_options(kind, {name: value})
        except ValueError:
            raise ValueError(
                f"{_FLAGS[name]} does not go with {kind} files; leave it out"
            ) from None


def _convert_store(options: argparse.Namespace, chosen: dict[str, str]) -> None:
    from motionlcm.data.store import FeatureStore, write_humanml

    if chosen or _has_reading_flags(options):
        raise ValueError("a folder needs --format, such as --format bvh; other options go with it")

    try:
        store = FeatureStore.open(options.input)
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error}; or convert its motion files with --format, such as --format bvh"
        ) from None
    told = Progress(options.input, "clips")
    print(f"wrote {write_humanml(store, options.output, progress=told)}")


def _convert_folder(options: argparse.Namespace, chosen: dict[str, str]) -> None:
    from pathlib import Path

    from motionlcm.formats.convert import convert_folder
    from motionlcm.formats.table import check_format

    _check_flags(check_format(options.format), chosen)
    if (Path(options.input) / "clips.jsonl").is_file():
        raise ValueError(
            f"{options.input} is a feature store; leave --format out to write HumanML3D's layout"
        )

    report = convert_folder(
        options.input,
        options.output,
        format=options.format,
        fps=options.fps,
        body_models=options.body_models,
        input_fps=options.input_fps,
        animation=options.animation,
        options=chosen,
        shape=lambda motion: shaped(motion, options),
        progress=Progress(options.input, "files"),
    )

    for row in report.rejected:
        print(f"rejected: {row['file']}: {row['reason']}")
    total = report.converted + len(report.rejected)
    print(
        f"wrote {report.converted} of {total} files to {options.output} (see report.html for notes)"
    )


if __name__ == "__main__":
    raise SystemExit(main())

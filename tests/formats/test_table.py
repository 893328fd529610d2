"""The table of formats: its rows lead to functions of the promised shape, and all lists follow."""

import inspect
import subprocess
import sys

import pytest

from motionlcm.formats import table
from motionlcm.formats.table import FORMATS, check_format, imported, split_suffix, suffix_of

#: Adds a row to the table's source, as a developer would, and puts the result in the table's place.
ADD_A_ROW = """
import sys, types
from pathlib import Path

row = 'Format("wave", ".wave.txt", "a wave", reader="waves:read", writer="waves:write"),'
source = Path(sys.argv[1]).read_text()
assert source.count("FORMATS = (") == 1
module = types.ModuleType("motionlcm.formats.table")
sys.modules["motionlcm.formats.table"] = module
exec(source.replace("FORMATS = (", "FORMATS = (" + row), module.__dict__)
import motionlcm.formats

motionlcm.formats.table = module
"""
WAVES = """
from pathlib import Path

import numpy as np

from motionlcm.motion.motion import Motion


def write(path, motion, *, height=1.0):
    Path(path).write_text(f"{motion.num_frames} {height}")


def read(path):
    frames, height = Path(path).read_text().split()
    return Motion(np.full((int(frames), 22, 3), float(height)))
"""
USE_IT = """
import numpy as np

from motionlcm.cli.convert import main
from motionlcm.formats.convert import convert_folder
from motionlcm.motion.motion import Motion

Path("in").mkdir()
Motion(np.zeros((3, 22, 3))).save("in/a.wave.txt", height=2.5)
assert Motion.load("in/a.wave.txt").positions.max() == 2.5
assert convert_folder("in", "out", format="wave").converted == 1
assert Path("out/a.wave.txt").read_text() == "3 1.0"
assert main(["in/a.wave.txt", "b.npy"]) == 0
main(["--help"])
"""


def test_a_new_row_is_all_that_doors_and_commands_need(tmp_path):
    (tmp_path / "waves.py").write_text(WAVES)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ADD_A_ROW}{USE_IT}"
    command = [sys.executable, "-c", code, table.__file__]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "wrote b.npy" in done.stdout
    assert (
        "one of wave, mp4" in done.stdout and ".wave.txt   read and written  a wave" in done.stdout
    )


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_rows_lead_to_functions_of_the_promised_shape(format):
    assert format.reader or format.writer
    if format.writer:
        parameters = inspect.signature(imported(format.writer)).parameters
        needed = {name for name, item in parameters.items() if item.default is item.empty}
        assert needed == {"path", "motion"}
        others = [item for name, item in parameters.items() if name not in needed]
        assert all(item.kind is item.KEYWORD_ONLY for item in others)
    if format.reader:
        first, *others = inspect.signature(imported(format.reader)).parameters.values()
        assert "path" in first.name and all(item.default is not item.empty for item in others)


def test_names_and_suffixes_tell_formats_apart():
    assert (
        len({format.name for format in FORMATS})
        == len({format.suffix for format in FORMATS})
        == len(FORMATS)
    )
    for format in FORMATS:
        assert format.suffix.startswith(".") and format.suffix == format.suffix.lower()
        assert split_suffix(f"a.b{format.suffix}") == ("a.b", format.suffix)
        if format.writer:
            for name in (format.name, format.suffix, format.suffix[1:].upper()):
                assert check_format(name) == format.name
            assert suffix_of(format.name) == format.suffix


def test_formats_that_cannot_be_written_are_refused():
    for name in ("amc", "fbx", "", "wave"):
        with pytest.raises(
            ValueError, match=f"unknown format '{name}'; formats to write are mp4, "
        ):
            check_format(name)


def test_lists_for_commands_follow_from_the_rows():
    assert table.WRITABLE == ("mp4", "gif", "html", "bvh", "glb", "npz", "amass", "npy", "vrma")
    assert table.FILE_ENDINGS == (
        "mp4",
        "gif",
        "html",
        "bvh",
        "glb",
        "npz",
        "amass.npz",
        "npy",
        "vrma",
    )
    assert table.READABLE == (
        *(".bvh", ".amc", ".glb", ".npz", ".npy"),
        *(".gltf", ".vrma", ".vrm", ".fbx"),
    )
    assert table.VIDEO_SUFFIXES == (".mp4", ".gif")


def test_the_table_imports_neither_numpy_nor_readers():
    code = (
        "import sys, motionlcm.formats.table\n"
        "ours = {name for name in sys.modules if name.startswith('motionlcm')}\n"
        "assert ours == {'motionlcm', 'motionlcm.formats', 'motionlcm.formats.table'}, ours\n"
        "assert not {'numpy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_every_format_is_named_in_the_help_of_convert(capsys):
    from motionlcm.cli.convert import main

    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    for format in FORMATS:
        assert f"  {format.suffix} " in shown and format.title in shown

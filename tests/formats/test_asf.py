"""Acclaim files as the format allows them, beside what CMU and HDM05 write."""

import re

import numpy as np
import pytest

from motionlcm.formats.asf_amc import read_asf_amc


@pytest.fixture
def files(shared_data):
    """The text of a skeleton and of the first frames of its motion."""
    folder = shared_data / "raw-samples"
    asf = (folder / "cmu_16.asf").read_text().replace("\r", "")
    amc = (folder / "cmu_16_24.amc").read_text().replace("\r", "")
    return asf, amc[: amc.index("\n6\n") + 1]


def read(folder, asf, amc, fps=120.0):
    (folder / "x.asf").write_text(asf)
    (folder / "x.amc").write_text(amc)
    raw = read_asf_amc(folder / "x.amc", fps=fps)
    return dict(zip(raw.names, raw.positions.transpose(1, 0, 2))), raw.notes


def same(first, second):
    assert first.keys() == second.keys()
    for name, places in first.items():
        assert np.allclose(places, second[name], atol=1e-4), name


def in_radians(text):
    """The motion with its angles in radians; the root's way is left as it is."""
    lines = []
    for line in text.splitlines():
        name, *words = line.split() or [""]
        start = 3 if name == "root" else 0
        if words and re.fullmatch(r"[a-z]+", name):
            angles = [f"{np.radians(float(word)):.8f}" for word in words[start:]]
            line = " ".join([name, *words[:start], *angles])
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_lines_of_the_hierarchy_may_stand_in_any_order(files, tmp_path):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    start = asf.index("begin", asf.index(":hierarchy"))
    lines = asf[start:].strip().splitlines()
    turned = [lines[0], *lines[-2:0:-1], lines[-1]]
    same(expected, read(tmp_path, asf[:start] + "\n".join(turned) + "\n", amc)[0])

    for line, message in (("lfemur lfemur", "two parents"), ("lhand root", "or is the root")):
        with pytest.raises(ValueError, match=message):
            read(tmp_path, asf[:start] + "\n".join([*lines[:-1], line, "end"]) + "\n", amc)


def test_bones_in_a_circle_are_refused(files, tmp_path):
    asf, amc = files
    head = asf[: asf.index(":hierarchy")]
    with pytest.raises(ValueError, match="does not hang from the root"):
        read(tmp_path, head + ":hierarchy\nroot lowerback\nlfemur ltibia\nltibia lfemur\n", amc)


def test_comments_may_stand_behind_a_line(files, tmp_path):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    same(expected, read(tmp_path, asf, amc.replace("\n", "   # seen\n"))[0])


@pytest.mark.parametrize("header", [":DEGREES", ":RADIANS"])
@pytest.mark.parametrize("said", ["deg", "rad"])
def test_the_motion_has_the_last_word_on_its_angles(files, tmp_path, header, said):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    axes = re.findall(r"axis +(\S+) +(\S+) +(\S+) ", asf)
    if said == "rad":
        asf = asf.replace("angle deg", "angle rad")
        for axis in set(axes):
            pattern = r"axis +" + " +".join(map(re.escape, axis)) + " "
            turned = " ".join(f"{np.radians(float(word)):.8f}" for word in axis)
            asf = re.sub(pattern, f"axis {turned} ", asf)
    if header == ":RADIANS":
        amc = in_radians(amc).replace(":DEGREES", ":RADIANS")
    same(expected, read(tmp_path, asf, amc)[0])


def test_a_bone_that_would_stretch_is_read_with_a_note(files, tmp_path):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    asf = re.sub(r"(name lowerback\b.*?dof rx ry rz)", r"\1 l", asf, flags=re.DOTALL)
    still = re.sub(r"(\nlowerback .*)", r"\1 0", amc)
    stretched = re.sub(r"(\nlowerback .*)", r"\1 0.5", amc)
    for text, notes in ((still, 0), (stretched, 1)):
        places, said = read(tmp_path, asf, text)
        same(expected, places)
        assert sum("not applied: lowerback" in note for note in said) == notes


@pytest.mark.parametrize("said", ["", ":DEGREES"])
def test_angles_that_nobody_says_are_radians_are_told_by_a_body_that_goes_far(
    shared_data, tmp_path, said
):
    """They were read as degrees, in silence: a body that hardly moves its limbs."""
    folder = shared_data / "raw-samples"
    asf = (folder / "cmu_16.asf").read_text().replace("\r", "")
    amc = (folder / "cmu_16_24.amc").read_text().replace("\r", "")
    amc = amc[: amc.index("\n201\n") + 1]
    expected, _ = read(tmp_path, asf, amc)
    places, notes = read(tmp_path, asf, in_radians(amc).replace(":DEGREES", said))
    same(expected, places)
    assert any("radians, read as such" in note for note in notes)


def test_limbs_that_turn_by_more_than_a_whole_turn_are_told_in_degrees(files, tmp_path):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    places, notes = read(tmp_path, asf, amc.replace(":DEGREES", ":RADIANS"))
    same(expected, places)
    assert any("degrees, though the files say radians" in note for note in notes)


def test_a_rate_in_the_header_is_taken_and_another_one_beats_it(files, tmp_path):
    asf, amc = files
    amc = amc.replace(":DEGREES", ":DEGREES\n:SAMPLES-PER-SECOND 60")
    read(tmp_path, asf, amc)
    for told, fps in ((None, 60), (30.0, 30)):
        raw = read_asf_amc(tmp_path / "x.amc", fps=told)
        assert raw.fps == fps and not any("assumed 120" in note for note in raw.notes)


def test_decimal_commas_and_the_mark_at_the_end_of_old_files_are_harmless(files, tmp_path):
    asf, amc = files
    expected, _ = read(tmp_path, asf, amc)
    same(expected, read(tmp_path, asf + "\x1a", amc.replace(".", ",") + "\x1a")[0])


def test_frames_that_are_left_out_are_refused_with_the_remedy(files, tmp_path):
    asf, amc = files
    with pytest.raises(ValueError, match=r"frame 4, expected 2; .* --input-fps"):
        read(tmp_path, asf, amc.replace("\n2\n", "\n4\n"))

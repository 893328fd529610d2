"""BVH as programs and hands write it: commas, end sites, frame times, names in other languages."""

import re

import pytest

from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.joint_words import read_names
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from tests.formats.test_field_rules import WALK, off, renamed


@pytest.fixture
def text(tmp_path):
    return write_bvh(tmp_path / "x.bvh", Motion(WALK), names="motionbuilder").read_text()


def read(tmp_path, text, **options):
    (tmp_path / "y.bvh").write_text(text)
    return load_motion_file(tmp_path / "y.bvh", **options)


def test_decimal_commas_are_read_with_a_note(text, tmp_path):
    motion, notes = read(tmp_path, re.sub(r"(\d)\.(\d)", r"\1,\2", text))
    assert off(motion.positions) < 0.1 and any("decimal commas" in note for note in notes)


@pytest.mark.parametrize("words", ["EndSite", "End Site Toe_End", "end site tip {\n"])
def test_end_sites_may_have_names(text, tmp_path, words):
    brace = r"End Site\s*\{\n" if "{" in words else "End Site"
    motion, _ = read(tmp_path, re.sub(brace, words, text))
    assert off(motion.positions) < 0.1


@pytest.mark.parametrize("line", ["", "Frame Time: 0\n", "Frame Time: 20\n", "Frame Time: nan\n"])
def test_a_frame_time_that_is_none_may_be_told(text, tmp_path, line):
    changed = re.sub(r"Frame Time:.*\n", line, text)
    if "nan" not in line:
        with pytest.raises(ValueError, match="--input-fps tells the rate"):
            read(tmp_path, changed)
    motion, _ = read(tmp_path, changed, input_fps=20)
    assert motion.num_frames == len(WALK) and off(motion.positions) < 0.1


LANGUAGES = {
    "German": "Hüfte Wirbel1 Wirbel2 Brust Hals Kopf "
    "Oberschenkel Unterschenkel Fuß Zehen Schulter Oberarm Unterarm Hand links rechts",
    "Spanish": "Cadera Columna1 Columna2 Pecho Cuello Cabeza "
    "Muslo Pantorrilla Tobillo Pie Clavícula Brazo Antebrazo Muñeca izq der",
    "French": "Bassin Colonne1 Colonne2 Torse Cou Tête "
    "Cuisse Genou Cheville Orteils Clavicule Bras Coude Poignet gauche droite",
    "French letters": "Bassin Colonne1 Colonne2 Torse Cou Tête "
    "Cuisse Jambe Pied Orteils Clavicule Bras AvantBras Main G D",
    "German words": "Hüfte Wirbel1 Wirbel2 Brust Hals Kopf "
    "Oberschenkel Unterschenkel Fuß Zehen Schulter Oberarm Unterarm Hand Linke Rechte",
    "Spanish words": "Cadera Columna1 Columna2 Pecho Cuello Cabeza "
    "Muslo Pantorrilla Tobillo Pie Clavícula Brazo Antebrazo Muñeca izquierdo derecho",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_joints_may_be_named_in_other_languages(tmp_path, language):
    *words, left, right = LANGUAGES[language].split()
    middle = dict(zip("Hips Spine Spine1 Spine2 Neck Head".split(), words))
    limbs = dict(zip("UpLeg Leg Foot ToeBase Shoulder Arm ForeArm Hand".split(), words[6:]))

    def rename(name, number):
        if name in middle:
            return middle[name]
        side = left if name.startswith("Left") else right
        return f"{limbs[re.sub('^(Left|Right)', '', name)]}_{side}"

    motion, _ = load_motion_file(renamed(tmp_path, rename))
    assert off(motion.positions) < 0.5


def test_g_and_d_are_sides_only_where_there_are_no_others():
    """Of an English rig with versions C, D and G of its joints they say nothing."""
    limbs = ("Cuisse", "Jambe", "Pied", "Bras")
    french = read_names([f"{limb}_{side}" for side in "GD" for limb in limbs])
    assert [name.side for name in french] == ["left"] * 4 + ["right"] * 4

    english = [f"{limb}_{side}_{letter}" for side in "LR" for letter in "GD" for limb in limbs]
    assert all(
        name.side == ("left" if "_L_" in word else "right")
        for name, word in zip(read_names(english), english, strict=True)
    )
    few = read_names(["thigh_g", "thigh_d", "calf_a", "calf_b", "foot_c"])
    assert not any(name.side for name in few)

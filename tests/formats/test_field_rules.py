"""One small file for each rule about files as people have them, written here with its oddity."""

import json
import pickle
import sys

import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.cli.prepare import main as prepare
from motionlcm.data.captions import read_caption_file
from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.gltf_writer import write_glb
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.read import load_motion_file
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, to_axis_angle, to_matrix
from motionlcm.text_files import decode_text, read_text_file
from tests.conftest import walking
from tests.formats.test_field_cases import centimetres_off
from tests.formats.test_gltf import packed, parts

WALK = walking(40)
#: Rotations of the file's axes, as matrices that act on columns.
AXES = {
    "X up": [[0, 1, 0], [-1, 0, 0], [0, 0, 1]],
    "X down": [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    "Y down": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
    "Z up": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
    "Z down": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
}


def off(positions: np.ndarray, truth: np.ndarray = WALK) -> float:
    """Centimetres between two motions, whichever way each of them faces."""
    local = [
        np.asarray(item, float) - np.asarray(item, float)[:, :1] for item in (positions, truth)
    ]
    across = [item[0, 1] - item[0, 2] for item in local]
    turns = [np.arctan2(vector[2], vector[0]) for vector in across]
    yaw = turns[1] - turns[0]
    x, z = local[0][..., 0].copy(), local[0][..., 2].copy()
    local[0][..., 0] = np.cos(yaw) * x - np.sin(yaw) * z
    local[0][..., 2] = np.sin(yaw) * x + np.cos(yaw) * z
    return centimetres_off(*local)


def saved(path, array):
    np.save(path, array)
    return path


# A: unit, axes, order and normalisation of numbers


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("scale", [1, 100, 1000, 39.37])
def test_arrays_are_turned_and_scaled_with_a_note(tmp_path, axes, scale):
    moved = (WALK + [2.0, 0, -1.0]) @ np.array(AXES[axes], float).T * scale
    motion, notes = load_motion_file(saved(tmp_path / "x.npy", moved))
    assert off(motion.positions) < 0.1
    assert any(axes in note for note in notes)


def test_a_body_that_lies_on_the_floor_is_left_lying(tmp_path):
    lying = WALK @ np.array(AXES["Z up"], float).T
    lying[:, :, 2] -= lying[:, :, 2].min() + 3
    lying[:, :, 1] -= lying[:, :, 1].min(axis=1, keepdims=True)
    motion, notes = load_motion_file(saved(tmp_path / "x.npy", lying))
    assert any("the body lies along Z, for Y up is believed" in note for note in notes)
    assert np.allclose(motion.positions, lying, atol=1e-5)


@pytest.mark.parametrize("name", ["x.bvh", "x.glb", "x.vrma", "x.amass.npz", "x.npz", "x.npy"])
def test_a_body_that_lies_in_a_file_of_ours_is_no_guess(tmp_path, name):
    lying = WALK @ np.array(AXES["Z up"], float).T
    lying[..., 1] -= lying[..., 1].min() - 0.05
    _, notes = load_motion_file(Motion(lying).save(tmp_path / name))
    assert not [note for note in notes if "lies" in note]


@pytest.mark.parametrize("key", ["mocap_framerate", "frame_rate", "framerate", "mocap_fps"])
def test_the_rate_of_positions_has_many_names(tmp_path, key):
    np.savez(tmp_path / "x.npz", joints=WALK, **{key: 50.0})
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert (motion.fps, notes) == (50, [])


def test_positions_by_another_name_are_told_by_the_body(tmp_path):
    np.savez(tmp_path / "x.npz", kpts=WALK * 100, score=np.ones((len(WALK), 22)), fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert off(motion.positions) < 0.1 and any("'kpts' is read as joint" in note for note in notes)

    # Two bodies, or none: nothing says which is meant.
    np.savez(tmp_path / "y.npz", one=WALK, two=WALK, fps=20)
    np.savez(tmp_path / "z.npz", one=WALK[:, ::-1] ** 2, fps=20)
    for name in ("y.npz", "z.npz"):
        with pytest.raises(ValueError, match="expected 'positions'"):
            load_motion_file(tmp_path / name)


def test_a_batch_of_one_may_be_told_last(tmp_path):
    motion, _ = load_motion_file(saved(tmp_path / "x.npy", WALK[..., None]))
    assert motion.num_frames == len(WALK) and off(motion.positions) < 0.1


def test_joints_in_another_order_are_refused(tmp_path):
    generator = np.random.default_rng(0)
    for _ in range(20):
        path = saved(tmp_path / "x.npy", WALK[:, generator.permutation(22)])
        with pytest.raises(ValueError, match="SMPL's order"):
            load_motion_file(path)


def test_normalised_features_are_refused_with_the_remedy(tmp_path):
    features = Motion(WALK).features
    normalised = (features - features.mean(axis=0)) / (features.std(axis=0) + 0.01)
    with pytest.raises(ValueError, match=r"features \* Std \+ Mean"):
        load_motion_file(saved(tmp_path / "x.npy", normalised))


# F: layouts of arrays and of SMPL's parameters


@pytest.mark.parametrize(
    "change",
    [
        lambda walk: walk.transpose(1, 2, 0),
        lambda walk: walk.transpose(1, 0, 2),
        lambda walk: walk.reshape(len(walk), -1),
        lambda walk: walk.transpose(0, 2, 1).reshape(len(walk), -1),
        lambda walk: np.concatenate([walk, walk[:, -2:] + 0.05], axis=1),
        lambda walk: np.concatenate([walk, np.repeat(walk[:, -1:], 33, axis=1)], axis=1),
        lambda walk: walk[None, None],
        lambda walk: np.stack([walk, walk * 0]).transpose(0, 2, 3, 1),
    ],
)
def test_layouts_of_joint_positions_are_told_apart(tmp_path, change):
    motion, _ = load_motion_file(saved(tmp_path / "x.npy", change(WALK)))
    assert motion.positions.shape == WALK.shape and off(motion.positions) < 0.1


def test_joints_of_another_body_are_named(tmp_path):
    with pytest.raises(ValueError, match="17 joints, as Human3.6M"):
        load_motion_file(saved(tmp_path / "x.npy", np.ones((9, 17, 3))))


def mdm_results(path, extra=None):
    content = {
        "motion": np.stack([WALK.transpose(1, 2, 0), WALK[::-1].transpose(1, 2, 0)]),
        "text": ["walks", "walks back"],
        "lengths": np.array([40, 30]),
        **(extra or {}),
    }
    np.save(path, np.array(content, dtype=object), allow_pickle=True)
    return path


def test_results_of_mdm_are_read_without_running_their_pickle(tmp_path):
    path = mdm_results(tmp_path / "results.npy")
    motion, notes = load_motion_file(path)
    assert motion.caption == "walks" and off(motion.positions) < 0.1
    assert any("2 motions" in note for note in notes)
    second, _ = load_motion_file(path, animation="1")
    assert second.caption == "walks back" and second.num_frames == 30
    with pytest.raises(ValueError, match="from 0 to 1"):
        load_motion_file(path, animation="2")


class _Runs:
    """An object whose pickle would call something."""

    def __reduce__(self):
        return (print, ("it ran",))


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_would_run_something_is_refused(tmp_path, capsys, protocol):
    from motionlcm.formats.plain_pickle import read_plain_pickle

    with pytest.raises(ValueError, match="pickles are refused"):
        read_plain_pickle(pickle.dumps({"motion": _Runs()}, protocol=protocol), "x")
    with pytest.raises(ValueError, match="pickles are refused"):
        load_motion_file(mdm_results(tmp_path / "x.npy", {"text": [_Runs()]}))
    assert "it ran" not in capsys.readouterr().out


def test_a_pickle_cannot_alter_the_functions_that_read_it():
    from motionlcm.formats import plain_pickle

    # the state of a function that is ours: {"__defaults__": (1,)}
    change = b"cnumpy.core.multiarray\n_reconstruct\n(N}X\x0c\x00\x00\x00__defaults__K\x01\x85stb."
    with pytest.raises(ValueError, match="pickles are refused"):
        plain_pickle.read_plain_pickle(change, "x")
    assert plain_pickle._array.__defaults__ is None


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_out_of_a_pickle_of_any_protocol(protocol):
    from motionlcm.formats.plain_pickle import read_plain_pickle

    content = {"a": np.arange(6.0).reshape(2, 3), "b": ["x", 1, None], "c": np.float32(2.5)}
    again = read_plain_pickle(pickle.dumps(content, protocol=protocol), "x")
    assert np.array_equal(again["a"], content["a"])
    assert again["b"] == ["x", 1, None] and again["c"] == 2.5


def smpl(**changes):
    """Angles and translations of a body that stands and swings its arms, Y up."""
    angles = np.zeros((30, 24, 3))
    angles[:, 16, 0] = np.sin(np.arange(30) / 5)
    return {"poses": angles, "trans": np.tile([0.0, 1.2, 0.0], (30, 1)), "fps": 20, **changes}


def split(**names):
    """The same with root and body apart, by a tool's names."""
    arrays = smpl()
    values = {
        "root": arrays["poses"][:, 0],
        "body": arrays["poses"][:, 1:22],
        "at": arrays["trans"],
    }
    return {names[key]: value for key, value in values.items()} | {"fps": 20}


SMPL = {
    "flat": smpl(poses=smpl()["poses"].reshape(30, -1)),
    "matrices": smpl(poses=to_matrix(from_axis_angle(smpl()["poses"]))),
    "degrees": smpl(poses=np.degrees(smpl()["poses"]) + [0, 360, 0]),
    "centimetres": smpl(trans=smpl()["trans"] * 100),
    "scaled": {"smpl_poses": smpl()["poses"], "smpl_trans": smpl()["trans"] * 94,
               "smpl_scaling": np.array([94.0]), "fps": 20},
    "video tool": split(root="global_orient", body="body_pose", at="transl"),
    "packed": split(root="smpl_params_global/global_orient", body="smpl_params_global/body_pose",
                    at="smpl_params_global/transl"),
    "smplx": split(root="root_orient", body="pose_body", at="trans"),
    "gender object": smpl(gender=np.array("female", dtype=object)),
}  # fmt: skip


@pytest.mark.parametrize("name", SMPL)
def test_parameters_of_smpl_are_found_by_any_name(tmp_path, name):
    np.savez(tmp_path / "expected.npz", **smpl())
    np.savez(tmp_path / "x.npz", **SMPL[name])
    expected, _ = load_motion_file(tmp_path / "expected.npz")
    motion, _ = load_motion_file(tmp_path / "x.npz")
    head, ankle = motion.positions[:, 15, 1], motion.positions[:, 7, 1]
    assert (head - ankle > 1).all()
    if name != "degrees":  # those turn once round
        assert centimetres_off(motion.positions, expected.positions) < 0.1


def test_parameters_of_a_camera_that_looks_upside_down_are_turned(tmp_path):
    arrays = smpl()
    flip = np.array([0.0, 1.0, 0, 0])
    turned = multiply(flip, from_axis_angle(arrays["poses"][:, 0]))
    poses = arrays["poses"].copy()
    poses[:, 0] = to_axis_angle(turned)
    np.savez(tmp_path / "x.npz", poses=poses, trans=arrays["trans"] * [1, -1, -1], fps=20)
    motion, notes = load_motion_file(tmp_path / "x.npz")
    assert (motion.positions[:, 15, 1] > motion.positions[:, 7, 1] + 1).all()
    assert any("Y down" in note for note in notes)
    assert np.allclose(multiply(flip, inverse(flip)), [1, 0, 0, 0])


# B: encodings


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_text_is_read_in_any_usual_encoding(tmp_path, encoding):
    (tmp_path / "x.txt").write_bytes("ein Mann läuft\r\nzwei".encode(encoding))
    assert read_text_file(tmp_path / "x.txt") == "ein Mann läuft\nzwei"


def test_another_encoding_is_told_with_line_and_remedy():
    with pytest.raises(ValueError, match="x.txt: line 2: .*save the file as UTF-8"):
        decode_text("a\nläuft".encode("latin-1"), "x.txt")


def test_a_hierarchy_in_utf_16_is_read(tmp_path):
    text = write_bvh(tmp_path / "x.bvh", Motion(WALK), names="mixamo").read_text()
    (tmp_path / "y.bvh").write_bytes(text.encode("utf-16-be"))
    assert off(load_motion_file(tmp_path / "y.bvh")[0].positions) < 0.5


# C and J: glTF


def glb(tmp_path, change, name="y.glb"):
    document, binary = parts(write_glb(tmp_path / "x.glb", Motion(WALK), names="mixamo"))
    change(document)
    (tmp_path / name).write_bytes(packed(document, binary))
    return tmp_path / name


def add_still_animation(document):
    moving = document["animations"][0]
    moving["name"] = "Run"
    view = dict(document["bufferViews"][0])
    document["accessors"] += [
        {"componentType": 5126, "count": 2, "type": "VEC4", "bufferView": 0},
    ]
    document["bufferViews"].append(view)
    still = {
        "name": "Bind",
        "samplers": [{"input": moving["samplers"][0]["input"], "output": 0}],
        "channels": [{"sampler": 0, "target": {"node": 1, "path": "scale"}}],
    }
    document["animations"] = [still, moving]


def test_the_animation_that_moves_is_taken_and_the_others_named(tmp_path):
    path = glb(tmp_path, add_still_animation)
    motion, notes = load_motion_file(path)
    assert off(motion.positions) < 0.5 and any("Bind left out" in note for note in notes)
    assert load_motion_file(path, animation="run")[0].num_frames == motion.num_frames
    with pytest.raises(ValueError, match="no animation 'Jump'; the file has Bind, Run"):
        load_motion_file(path, animation="Jump")


def test_joints_of_all_skins_are_read(tmp_path):
    def change(document):
        joints = document["skins"][0]["joints"]
        document["skins"] = [{"joints": joints[-2:]}, {"joints": joints}]

    assert off(load_motion_file(glb(tmp_path, change))[0].positions) < 0.5


def test_vrm_tells_which_node_is_which_bone(tmp_path):
    bones = dict(zip(
        JOINT_NAMINGS["mixamo"],
        "hips leftUpperLeg rightUpperLeg spine leftLowerLeg rightLowerLeg chest leftFoot rightFoot "
        "upperChest leftToes rightToes neck leftShoulder rightShoulder head leftUpperArm "
        "rightUpperArm leftLowerArm rightLowerArm leftHand rightHand".split(),
        strict=True,
    ))  # fmt: skip

    def change(document):
        human = {}
        for number, node in enumerate(document["nodes"]):
            if node.get("name") in bones:
                human[bones[node["name"]]] = {"node": number}
                node["name"] = f"骨{number}"
        document["extensions"] = {"VRMC_vrm_animation": {"humanoid": {"humanBones": human}}}

    assert off(load_motion_file(glb(tmp_path, change, "y.vrma"))[0].positions) < 0.5


def test_a_buffer_may_lie_beside_a_gltf_but_nowhere_else(tmp_path):
    document, binary = parts(write_glb(tmp_path / "x.glb", Motion(WALK)))
    (tmp_path / "my walk.bin").write_bytes(binary)
    document["buffers"][0]["uri"] = "my%20walk.bin"
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "y.gltf").write_text(json.dumps(document), encoding=encoding)
        assert off(load_motion_file(tmp_path / "y.gltf")[0].positions) < 0.5

    (tmp_path / "below").mkdir()
    document["buffers"][0]["uri"] = "../my%20walk.bin"
    (tmp_path / "below" / "z.gltf").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="export as one GLB"):
        load_motion_file(tmp_path / "below" / "z.gltf")


# D: names of joints


def renamed(tmp_path, rename, **options):
    """A BVH of a walk whose MotionBuilder names went through a function."""
    text = write_bvh(tmp_path / "x.bvh", Motion(WALK), names="motionbuilder", **options).read_text()
    for number, name in enumerate(JOINT_NAMINGS["motionbuilder"]):
        for word in ("ROOT", "JOINT"):
            text = text.replace(f"{word} {name}\n", f"{word} {rename(name, number)}\n")
    (tmp_path / "y.bvh").write_text(text)
    return tmp_path / "y.bvh"


LIMBS = {"UpLeg": "thigh", "Leg": "calf", "Foot": "foot", "ToeBase": "toe", "Arm": "upperarm",
         "ForeArm": "forearm", "Hand": "hand", "Shoulder": "clavicle"}  # fmt: skip


def by_limb(pattern):
    """A function that renames ``LeftUpLeg`` by a pattern of side and limb."""

    def rename(name, number):
        side = next((side for side in ("Left", "Right") if name.startswith(side)), "")
        if not side:
            return name.lower() + "_x"
        limb = LIMBS[name.removeprefix(side)]
        return pattern.format(s=side[0].lower(), S=side, limb=limb, Limb=limb.title(), n=number)

    return rename


@pytest.mark.parametrize(
    "rename",
    [
        lambda name, number: f"{name}.{7:03d}",
        lambda name, number: f"{name}_{number}",
        lambda name, number: f"Rig|Armature:{name}_BN",
        lambda name, number: f"hero_{name}_jnt",
        by_limb("{limb}_stretch.{s}"),
        by_limb("DEF-{limb}.{S}.00{n}"),
        by_limb("{s}{Limb}Bend"),
        by_limb("b_{s}_{limb}_rig"),
    ],
)
def test_sides_and_body_words_are_found_whatever_surrounds_them(tmp_path, rename):
    motion, _ = load_motion_file(renamed(tmp_path, rename))
    assert off(motion.positions) < 0.5


def test_the_end_of_the_spine_is_the_head_and_a_leg_above_a_knee_the_thigh(tmp_path):
    names = {"Neck": "spine.004", "Head": "spine.005", "LeftUpLeg": "Leg_L", "RightUpLeg": "Leg_R",
             "LeftLeg": "Knee_L", "RightLeg": "Knee_R"}  # fmt: skip
    motion, _ = load_motion_file(renamed(tmp_path, lambda name, number: names.get(name, name)))
    assert off(motion.positions) < 0.5


@pytest.mark.parametrize(
    ("limbs", "sides"),
    [
        ("coscia polpaccio piede punta clavicola braccio avambraccio mano", ("_sx", "_dx")),
        ("coxa canela pe dedos clavicula braco antebraco mao", ("_esq", "_dir")),
        ("udo łydka stopa palce obojczyk ramię przedramię dłoń", ("_lewe", "_prawe")),
        ("허벅지 종아리 발목 발가락 쇄골 위팔 아래팔 손목", ("왼쪽", "오른쪽")),
        ("大腿 小腿 脚踝 脚趾 锁骨 上臂 前臂 手腕", ("左", "右")),
        ("бедро голень стопа носок ключица плечо предплечье кисть", ("_л", "_п")),
        ("Бедро Голень Стопа Носок Ключица Плечо Предплечье Кисть", ("Левое", "Правое")),
    ],
)
def test_limbs_are_known_in_other_languages(tmp_path, limbs, sides):
    keys = ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
    words = dict(zip(keys, limbs.split(), strict=True))

    def rename(name, number):
        for side, mark in zip(("Left", "Right"), sides, strict=True):
            limb = name.removeprefix(side)
            if limb != name:
                return words[limb] + mark if mark[0] == "_" else mark + words[limb]
        return name

    motion, _ = load_motion_file(renamed(tmp_path, rename))
    assert off(motion.positions) < 0.5


@pytest.mark.parametrize("first", [0, 1])
def test_limbs_whose_joints_are_only_numbered_are_told_by_their_order(tmp_path, first):
    """As of ``leg_joint_L_1``; an arm may begin with its collar, or the collar have another name."""
    legs, arms = ("UpLeg", "Leg", "Foot", "ToeBase"), ("Shoulder", "Arm", "ForeArm", "Hand")

    def rename(name, number):
        for side in ("Left", "Right"):
            limb = name.removeprefix(side)
            if limb != name and limb in legs:
                return f"leg_joint_{side[0]}_{legs.index(limb) + 1}"
            if limb != name and limb in arms[first:]:
                return f"Skeleton_arm_joint_{side[0]}__{4 - arms.index(limb)}_"
        return f"Skeleton_{name.lower()}_joint"

    motion, _ = load_motion_file(renamed(tmp_path, rename))
    assert off(motion.positions) < 0.5


# E: leaf joints


def without(text, *names):
    """A BVH without some leaf joints, whose numbers go with them; End Sites of no length stay."""
    lines, values = text[: text.index("MOTION")], text[text.index("MOTION") :]
    order, kept = [], []
    for line in lines.splitlines():
        words = line.split()
        if words[:1] in (["ROOT"], ["JOINT"]):
            order.append(words[1])
        if words[:1] == ["CHANNELS"]:
            kept += [order[-1] not in names] * int(words[1])
    for name in names:
        start = lines.index(f"JOINT {name}\n")
        lines = lines[:start] + lines[start:].replace(f"JOINT {name}", "End Site", 1)
        end = lines.index("End Site", start)
        block = lines[end:]
        first = block.index("}")
        inner = block[: block.index("{") + 1] + "\nOFFSET 0 0 0\n}"
        lines = lines[:end] + inner + block[block.index("}", first + 1) + 1 :]
    head, *rows = values.split("Frame Time:")[0], *values.split("Frame Time:")[1].splitlines()
    time, *rows = rows
    rows = [" ".join(w for w, keep in zip(row.split(), kept) if keep) for row in rows]
    return lines + head + "Frame Time:" + time + "\n" + "\n".join(rows) + "\n"


def test_toes_and_hands_that_are_missing_are_placed_with_a_note(tmp_path):
    text = write_bvh(tmp_path / "x.bvh", Motion(WALK), names="motionbuilder").read_text()
    leaves = ("LeftToeBase", "RightToeBase", "LeftHand", "RightHand")
    (tmp_path / "y.bvh").write_text(without(text, *leaves))
    motion, notes = load_motion_file(tmp_path / "y.bvh")
    assert off(motion.positions) < 2
    assert sum("no toes: placed" in note for note in notes) == 2
    assert sum("placed beyond the elbow" in note for note in notes) == 2


# G, H, I, K, L


def test_a_rate_can_be_told(tmp_path):
    path = write_bvh(tmp_path / "x.bvh", Motion(WALK))
    assert load_motion_file(path, input_fps=40)[0].num_frames == 20
    assert convert([str(path), str(tmp_path / "y.npy"), "--input-fps", "10"]) == 0
    assert len(np.load(tmp_path / "y.npy")) == 79
    with pytest.raises(ValueError, match="fps must be from 1"):
        load_motion_file(path, input_fps=0)


def test_captions_say_which_lines_were_not_understood(tmp_path):
    (tmp_path / "x.txt").write_bytes(
        "\ufeffa person walks#a/DET#nan#nan\r\n"
        "#a/DET#0.0#0.0\r\n"
        "no. #1 walks#a/DET#0.0#0.0\r\n"
        "he sits#a/DET#4.0#2.0\r\n"
        "he stands#a/DET#1,5#3,5\r\n"
        "he ends#a/DET#soon#later\r\n"
        "person #1\r\n".encode()
    )
    captions, notes = read_caption_file(tmp_path / "x.txt")
    assert [item.text for item in captions] == [
        *("a person walks", "no. #1 walks", "he stands", "person #1")
    ]
    assert (captions[2].start, captions[2].end) == (1.5, 3.5)
    assert [note.split(": line ")[1].split(",")[0] for note in notes] == ["2", "4", "5", "6", "7"]


def test_comments_and_a_few_rows_too_many_are_harmless(tmp_path):
    text = write_bvh(tmp_path / "x.bvh", Motion(WALK)).read_text()
    text = "# by hand\n" + text.replace("Frames: 40", "Frames: 39").replace("MOTION", "; \nMOTION")
    (tmp_path / "y.bvh").write_text(text)
    motion, notes = load_motion_file(tmp_path / "y.bvh")
    assert motion.num_frames == 40 and "announces 39 rows, the file has 40" in notes[0]


def test_captions_that_no_clip_uses_are_an_error(tmp_path, capsys):
    for name in ("in/New_Joints", "in/Texts"):
        (tmp_path / name).mkdir(parents=True)
    np.save(tmp_path / "in/New_Joints/b.npy", WALK)
    (tmp_path / "in/Texts/a.TXT").write_text("a person walks\n")
    assert prepare([str(tmp_path / "in"), str(tmp_path / "out")]) != 0
    assert "none is of a motion, such as b" in capsys.readouterr().err
    (tmp_path / "in/Texts/a.TXT").rename(tmp_path / "in/Texts/b.TXT")
    assert prepare([str(tmp_path / "in"), str(tmp_path / "out")]) == 0


def test_a_report_is_written_even_if_all_clips_fail_and_names_one(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for number in range(3):
        np.save(tmp_path / "in" / f"walk{number}.npy", np.ones((30, 17, 3)))
    assert prepare([str(tmp_path / "in"), str(tmp_path / "out")]) != 0
    shown = capsys.readouterr().err
    assert "3 x unreadable (such as walk0: " in shown and "17 joints" in shown
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert len(report["rejected"]) == 3


def test_a_name_taken_for_a_caption_is_noted_and_two_files_of_one_name_are_not_both_taken(tmp_path):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "walk_ahead.npy", WALK)
    write_bvh(tmp_path / "in" / "walk_ahead.bvh", Motion(WALK))
    assert prepare([str(tmp_path / "in"), str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert any("the name is taken: 'walk ahead'" in row["reason"] for row in report["notes"])
    assert report["accepted"] == 1 and "rename one" in report["rejected"][0]["reason"]


def test_a_link_to_the_input_is_the_input(tmp_path, capsys):
    path = write_bvh(tmp_path / "x.bvh", Motion(WALK))
    (tmp_path / "y.bvh").symlink_to(path)
    before = path.read_bytes()
    assert convert([str(path), str(tmp_path / "y.bvh")]) != 0
    assert "is the input itself" in capsys.readouterr().err and path.read_bytes() == before


def test_fbx_is_read_with_its_package_and_refused_with_the_remedy_without(tmp_path, monkeypatch):
    (tmp_path / "x.fbx").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "pufbx", None)
    with pytest.raises(ValueError, match="motionlcm.fbx.*File > Export > glTF"):
        load_motion_file(tmp_path / "x.fbx")


def test_recordings_in_fbx_stand_and_sit(shared_data, tmp_path):
    pytest.importorskip("pufbx")
    sits, notes = load_motion_file(shared_data / "raw-samples" / "rocketbox_sit_down.fbx")
    assert any("centimetres" in note for note in notes) and sits.duration == pytest.approx(
        4, abs=0.1
    )
    assert sits.positions[0, 0, 1] > 0.9 and sits.positions[-1, 0, 1] < 0.8
    (tmp_path / "x.fbx").write_bytes(b"Kaydara FBX Binary")
    with pytest.raises(ValueError, match="x.fbx: cannot be read as FBX"):
        load_motion_file(tmp_path / "x.fbx")


@pytest.mark.parametrize("name", ["x.pkl", "x.bin"])
def test_files_that_are_not_read_say_what_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match="pickles|give the .gltf"):
        load_motion_file(tmp_path / name)

"""Files as people have them, where the data folder holds them: read as the truth, or refused."""

import shutil

import numpy as np
import pytest

from motionlcm.cli.convert import main as convert
from motionlcm.cli.prepare import main as prepare
from motionlcm.data.store import FeatureStore
from motionlcm.formats.read import load_motion_file

#: File, the most that its joints may be off (cm, mean, seen from the root), and words of its notes.
#: SMPL's parameters without body models are posed on the mean body, 5.8 cm away.
READ = {
    "00-control/own.bvh": (1, ()),
    "00-control/own.glb": (1, ()),
    "00-control/own.npz": (1, ()),
    "00-control/finger.bvh": (1, ()),
    "01-smpl72-yup/walk.npz": (7, ("Y up",)),
    "02-npy-units/mm.npy": (1, ("millimetres",)),
    "02-npy-units/zup.npy": (1, ("Z up",)),
    "09-encodings/u16.bvh": (1, ()),
    "09-encodings/mmd.bvh": (1, ()),
    "11-several-animations/soldier.glb": (1, ("'Walk' is read, TPose left out",)),
    "13-head-skin-first/avatar.glb": (1, ()),
    "14-deepmotion-jnt/walk.bvh": (1, ()),
    "15-sketchfab-suffix/walk.glb": (1, ()),
    "16-blender-001/walk.bvh": (1, ()),
    "18-genesis8/walk.bvh": (1, ()),
    "18-genesis8/twist.bvh": (1, ()),
    "21-rigify-metarig/walk.glb": (1, ()),
    "25-zero-toe/walk.bvh": (1, ("no toes",)),
    "26-foot-leaf-end0/walk.bvh": (1, ("no toes",)),
    "27-foot-leaf-glb/walk.glb": (1, ("no toes",)),
    "29-no-hand/walk.bvh": (1, ("End Site",)),
    "30-offsets-zero/walk.bvh": (1, ()),
    "31-joints52/joints/000001.npy": (1, ("SMPL-H's 52",)),
    "32-mdm-results/results.npy": (1, ("2 motions",)),
    "33-shapes/mdm_22x3xT.npy": (1, ("axes turned",)),
    "33-shapes/smpl24.npy": (1, ("SMPL's 24",)),
    "33-shapes/smplh52.npy": (1, ("SMPL-H's 52",)),
    "33-shapes/batch.npy": (1, ()),
    "33-shapes/flat66.npy": (1, ("x, y, z",)),
    "36-stageii/obj_poses.npz": (7, ("'gender' is left out",)),
    "36-stageii/walk_stageii.npz": (7, ()),
    "44-gltf-suffix/walk.gltf": (1, ()),
    "44-gltf-suffix/walk2.gltf": (1, ()),
    "45-vrma/walk.vrma": (1, ()),
    "46-zero-accessor/walk.glb": (1, ()),
    "48-frames-off-by-one/more.bvh": (1, ("announces 86",)),
    "48-frames-off-by-one/less.bvh": (1, ("announces 88",)),
    "49-two-roots/pair.bvh": (1, ("B_Hips left out",)),
    "51-endsite-comments/b.bvh": (1, ()),
    "55-cc-iclone/walk.bvh": (1, ()),
    "56-vroid/walk.glb": (1, ()),
    "57-ue5-manny/walk.bvh": (1, ()),
    "58-x-rest/walk.bvh": (1, ()),
    "59-zup-orders/walk.bvh": (1, ("Z up",)),
    "60-scientific/walk.bvh": (1, ()),
    "62-root-motion-armature/walk.glb": (1, ()),
}


@pytest.fixture(scope="module")
def cases(shared_data):
    folder = shared_data / "field-cases"
    if not folder.is_dir():
        pytest.skip("the field cases are not there")
    return folder


def centimetres_off(positions: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance of joints ``[T 22 3]`` from the truth, both seen from their roots."""
    count = min(len(positions), len(truth))
    local = [np.asarray(item[:count], float) for item in (positions, truth)]
    local = [item - item[:, :1] for item in local]
    return 100 * float(np.linalg.norm(local[0] - local[1], axis=-1).mean())


@pytest.mark.parametrize("name", READ)
def test_the_walk_is_read_as_it_was(cases, name):
    most, words = READ[name]
    motion, notes = load_motion_file(cases / name)
    assert centimetres_off(motion.positions, np.load(cases / "truth.npy")) < most
    for word in words:
        assert any(word in note for note in notes), notes


def test_a_recording_without_a_rate_names_the_option_and_is_read_with_it(cases):
    path = cases / "35-no-rate" / "walk.npz"
    with pytest.raises(ValueError, match="--input-fps"):
        load_motion_file(path)
    motion, _ = load_motion_file(path, input_fps=20)
    assert motion.num_frames == 87


def test_acclaim_files_differ_in_rate_order_and_case_only(cases):
    fast, notes = load_motion_file(cases / "37-60fps" / "x.amc")
    slow, _ = load_motion_file(cases / "37-60fps" / "x.amc", input_fps=60)
    assert any("assumed 120 fps" in note for note in notes)
    assert slow.duration == pytest.approx(2 * fast.duration, abs=0.1)
    kicks = [
        load_motion_file(cases / "39-root-order" / f"{name}.amc")[0] for name in ("kick", "kick0")
    ]
    assert centimetres_off(kicks[0].positions, kicks[1].positions) < 0.1
    shouted = load_motion_file(cases / "41-case" / "x.amc")[0]
    plain = load_motion_file(cases / "61-radians" / "x.amc")[0]
    assert centimetres_off(shouted.positions, plain.positions) < 0.1


@pytest.mark.parametrize(
    ("name", "clips", "caption"),
    [
        ("04-new-joints-nosplit", 4, "a person walks and turns left"),
        ("05-new-joints-only", 4, "a person walks and turns left"),
        ("06-windows-bom", 4, "a person walks and turns left"),
        ("31-joints52", 4, "a person walks and turns left"),
        ("10-own-mocap", 3, "someone walks and turns left"),
    ],
)
def test_folders_are_prepared_with_their_captions(cases, tmp_path, name, clips, caption):
    assert prepare([str(cases / name), str(tmp_path / "out")]) == 0
    store = FeatureStore.open(tmp_path / "out")
    assert len(store.clips) == clips
    assert caption in {item.text for clip in store.clips for item in clip.captions}


def test_lines_that_are_not_understood_are_in_the_report(cases, tmp_path, capsys):
    assert prepare([str(cases / "43-malformed"), str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().out
    for words in ("without text", "ends before it starts", "decimal commas", "too short a stretch"):
        assert words in shown


def test_a_file_is_not_converted_into_itself(cases, tmp_path, capsys):
    path = shutil.copyfile(cases / "53-in-place" / "walk.bvh", tmp_path / "walk.bvh")
    before = path.read_bytes()
    assert convert([str(path), str(tmp_path / "." / "walk.bvh")]) != 0
    assert "is the input itself" in capsys.readouterr().err
    assert path.read_bytes() == before

"""MMCP by its SDK's client: capabilities, any skeleton, exact frames, loops, documented errors."""

import json
import threading
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest

from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.skeleton import JOINT_NAMES, SMPL_22
from motionlcm.web import work
from motionlcm.web.mmcp_rig import CANONICAL_NAMES
from motionlcm.web.server import MotionServer
from tests.web.record import FILE, outline
from tests.web.rigs import joint_positions, mixamo_skeleton, with_root

client = pytest.importorskip("motionmcp.client")
BONES = {
    "left_hip": ("LeftUpLeg", "LeftLeg", "left_knee"),
    "right_knee": ("RightLeg", "RightFoot", "right_ankle"),
    "left_shoulder": ("LeftArm", "LeftForeArm", "left_elbow"),
    "right_elbow": ("RightForeArm", "RightHand", "right_wrist"),
}
PROMPT = "a person walks forward and waves with the right hand"


@pytest.fixture(scope="module")
def server():
    made = MotionServer(MotionPipeline.from_pretrained("small"))
    made.warm(with_mmcp=True)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(30)


@pytest.fixture(scope="module")
def model(server):
    return client.pick_model(client.get_capabilities(server.url))


def body(model, *, frames=60, prompt=PROMPT, skeleton=None, **others):
    """A request of one text segment."""
    return {
        "protocol_version": "1.0",
        "model": model["id"],
        "skeleton": skeleton or model["canonical_skeleton"],
        "segments": [{"type": "text", "prompt": prompt, "duration_frames": frames}],
        "options": {"seed": 3, "diffusion_steps": 1},
        **others,
    }


def refused(server, content):
    """The error that the client raises."""
    with pytest.raises(client.MmcpError) as error:
        client.generate(server.url, content)
    return error.value


def test_the_capabilities_are_what_the_sdk_reads(server, model):
    from motionmcp import ModelSpec

    spec = ModelSpec.model_validate(model)
    assert client.probe_server(server.url).ok and client.retarget_state(server.url) == "ready"
    assert spec.fps == 20 and spec.id == "motionlcm-small" and spec.supports_retargeting
    assert [joint.name for joint in spec.canonical_skeleton.joints] == list(CANONICAL_NAMES)
    # the only joints of which Blender's add-on offers pins
    assert {"LeftHand", "RightHand", "LeftFoot", "RightFoot"} < set(CANONICAL_NAMES)

    height = dict.fromkeys([None], 0.0)
    for joint in spec.canonical_skeleton.joints:
        height[joint.name] = height[joint.parent] + joint.rest_translation[1]
    heights = [value for name, value in height.items() if name]
    assert abs(min(heights)) < 1e-3 and 1.3 < height["Head"] < 1.7


def test_the_motion_is_the_pipelines_on_the_models_own_skeleton(server, model):
    content = body(model, options={"seed": 3, "num_samples": 2, "diffusion_steps": 1})
    samples = client.parse_gltf_samples(client.generate(server.url, content))
    assert len(samples) == 2
    for seed, sample in zip((3, 4), samples, strict=True):
        (expected,) = server.pipeline(PROMPT, seconds=3.0, seed=seed)
        places = joint_positions(model["canonical_skeleton"], sample)
        places = np.stack([places[name] for name in CANONICAL_NAMES], axis=1)
        distance = np.linalg.norm(places - expected.positions[:60], axis=-1)
        assert distance.mean() < 0.07 and distance.max() < 0.15  # bodies differ by clip

        assert (sample["num_frames"], sample["fps"]) == (60, 20)
        feet = [sample["joint_names"].index(name) for name in model["predicted_contact_joints"]]
        contacts = expected.features[:60, -4:] > 0.5
        np.testing.assert_array_equal(sample["foot_contacts"][:, feet], contacts)
        assert len(sample["trajectory"]["position"]) == 60


@pytest.mark.parametrize("kind", ["T-pose", "A-pose", "turned", "under a root"])
def test_the_clients_own_skeleton_moves_as_the_motion_does(server, model, kind):
    skeleton = mixamo_skeleton(
        is_a_pose=kind == "A-pose", turned=np.pi / 2 if kind == "turned" else 0.0
    )
    skeleton = with_root(skeleton) if kind == "under a root" else skeleton
    document = client.generate(server.url, body(model, skeleton=skeleton))
    motion = client.parse_gltf(document)
    places = joint_positions(skeleton, motion)
    (expected,) = server.pipeline(PROMPT, seconds=3.0, seed=3)
    positions = expected.positions[:60]

    for upper, (first, last, lower) in BONES.items():
        bone = places[f"mixamorig:{last}"] - places[f"mixamorig:{first}"]
        wanted = positions[:, JOINT_NAMES.index(lower)] - positions[:, JOINT_NAMES.index(upper)]
        cosine = (bone * wanted).sum(-1)
        cosine /= np.linalg.norm(bone, axis=-1) * np.linalg.norm(wanted, axis=-1)
        assert cosine.min() > 0.999, upper

    # of the same shape and on the floor, though larger
    lowest = np.minimum(places["mixamorig:LeftToe_End"], places["mixamorig:RightToe_End"])[:, 1]
    assert -0.06 < lowest.min() < 0.04 and lowest.max() < 0.25
    leg = [np.linalg.norm(positions[0, a] - positions[0, b]) for a, b in ((1, 4), (4, 7))]
    larger = (0.45 + np.hypot(0.42, 0.02)) / sum(leg)
    way = places["mixamorig:Hips"] - places["mixamorig:Hips"][0]
    wanted = (positions[:, 0] - positions[0, 0]) * larger
    assert np.abs(way - wanted)[:, [0, 2]].max() < 0.06

    names = document["extensions"]["MMCP_motion"]["canonical_to_request"]
    assert names["LeftLeg"] == "mixamorig:LeftLeg" and names["Hips"] == "mixamorig:Hips"
    contacts = document["extensions"]["MMCP_motion"]["samples"][0]["foot_contacts"]
    assert sorted(contacts) == sorted(
        f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("Foot", "ToeBase")
    )


def skeleton_of(model, kind):
    """The model's own skeleton, or others: of a child, without toes' ends, hips at the origin."""
    if kind == "canonical":
        return model["canonical_skeleton"]
    skeleton = mixamo_skeleton(is_a_pose=True)
    size = 0.55 if kind == "child" else 1.0
    for joint in skeleton["joints"]:
        joint["rest_translation"] = [size * value for value in joint["rest_translation"]]
    if kind == "no ends":
        ends = ("Toe_End", "HeadTop_End")
        kept = [joint for joint in skeleton["joints"] if not joint["name"].endswith(ends)]
        skeleton["joints"] = kept
    if kind == "at the origin":
        skeleton["joints"][0]["rest_translation"] = [0.0, 0.0, 0.0]
    return with_root(skeleton) if kind == "under a root" else skeleton


@pytest.mark.parametrize(
    "kind", ["canonical", "mixamo", "child", "no ends", "under a root", "at the origin"]
)
def test_feet_that_stand_are_as_high_as_at_rest(server, model, kind):
    skeleton = skeleton_of(model, kind)
    rest = {}
    for joint in skeleton["joints"]:
        above = rest[joint["parent"]] if joint["parent"] else 0
        rest[joint["name"]] = joint["rest_translation"][1] + above
    content = body(model, skeleton=skeleton, prompt="a person stands still")
    places = joint_positions(skeleton, client.parse_gltf(client.generate(server.url, content)))

    names = [name for name in rest if name.endswith(("_ankle", "_foot", "Foot", "ToeBase"))]
    floor = min(rest.values()) if kind == "at the origin" else 0.0
    over = [places[name][:, 1] - (rest[name] - floor) for name in names]
    assert len(names) == 4
    assert np.abs(np.min(over, axis=0)).max() < 0.005 and np.median(over) < 0.015


@pytest.mark.parametrize(("fps", "frames"), [(24, 72), (60, 150), (20, 1), (30, 5), (20, 196)])
def test_an_answer_has_the_frames_that_are_asked_for(server, model, fps, frames):
    content = body(model, frames=frames, timing={"fps": fps})
    motion = client.parse_gltf(client.generate(server.url, content))
    assert motion["num_frames"] == frames and motion["fps"] == fps
    seconds = max(0.5, (np.ceil((frames - 1) * 20 / fps) + 1) / 20)
    (expected,) = server.pipeline(PROMPT, seconds=seconds, seed=3)
    times = np.arange(frames) / fps * 20
    wanted = np.interp(times, np.arange(expected.num_frames), expected.positions[:, 0, 2])
    assert np.abs(motion["posed_joints"][:, 0, 2] - wanted).max() < 0.03


def test_a_loop_ends_in_the_pose_it_begins_with(server, model):
    content = body(model, frames=90, prompt="a person walks forward")
    content["options"] = {"seed": 3, "loop": True}
    document = client.generate(server.url, content)
    motion = client.parse_gltf(document)
    turns = motion["local_rot_mats"]
    assert motion["num_frames"] == 90
    assert np.abs(turns[0] - turns[-1]).max() < 0.05 < np.abs(turns[0] - turns[20]).max()
    assert abs(np.diff(motion["posed_joints"][[0, -1], 0, 1])[0]) < 0.01
    (note,) = document["extensions"]["MMCP_motion"]["notes"]
    assert note["message"].startswith("looped: ")


def test_the_motion_begins_where_the_client_has_put_the_body(server, model):
    point = {"type": "root_path", "frames": [0], "positions_xz": [[3.0, -2.0]]}
    plain = client.parse_gltf(client.generate(server.url, body(model)))["posed_joints"][:, 0]
    for heading in (None, np.pi / 2):
        constraint = point | ({} if heading is None else {"heading_radians": [heading]})
        content = body(model, constraints=[constraint])
        places = client.parse_gltf(client.generate(server.url, content))["posed_joints"][:, 0]
        np.testing.assert_allclose(places[0, [0, 2]], [3.0, -2.0], atol=1e-4)
        way, wanted = places - places[0], plain - plain[0]
        if heading is not None:  # from +Z towards +X
            wanted = wanted[:, [2, 1, 0]] * [1, 1, -1]
        np.testing.assert_allclose(way, wanted, atol=1e-3)

    skeleton = mixamo_skeleton()
    skeleton["joints"][0]["rest_translation"] = [5.0, 1.02, 1.0]
    motion = client.parse_gltf(client.generate(server.url, body(model, skeleton=skeleton)))
    np.testing.assert_allclose(motion["posed_joints"][0, 0, [0, 2]], [5.0, 1.0], atol=1e-4)


def test_no_words_and_no_seed_are_a_motion_that_differs_each_time(server, model):
    content = body(model, options={"diffusion_steps": 1})
    content["segments"] = [{"type": "unconditioned", "duration_frames": 30}]
    first, second = (client.generate(server.url, content) for _ in range(2))
    assert first["buffers"] != second["buffers"]
    assert "no words are given" in first["extensions"]["MMCP_motion"]["notes"][0]["message"]


def changed(**values):
    return lambda content: content | values


def without(joint):
    def change(content):
        joints = mixamo_skeleton()["joints"]
        kept = [each for each in joints if not each["name"].endswith(joint)]
        return content | {"skeleton": {"joints": kept}}

    return change


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (changed(model="other"), "unknown_model", "'other'"),
        (changed(protocol_version="2.0"), "version_unsupported", "2.0"),
        (changed(segments=[]), "schema_validation", "schema"),
        (changed(sedments=[]), "schema_validation", "schema"),
        (changed(options={"num_samples": 9}), "invalid_options", "num_samples 9"),
        (changed(options={"seed": -1}), "invalid_options", "seed must be from 0"),
        (
            changed(options={"guidance": {"type": "regular", "weight": [99.0]}}),
            "invalid_options",
            "guidance_scale must be 1 to 4",
        ),
        (changed(timing={"fps": 5000}), "invalid_options", "fps must be 1 to 240"),
        (changed(timing={"fps": 0.5}), "invalid_options", "duration"),
        (
            changed(segments=[{"type": "text", "prompt": "a", "duration_frames": 2000}]),
            "invalid_options",
            "duration 100.00s",
        ),
        (
            changed(segments=[{"type": "text", "prompt": " ", "duration_frames": 20}]),
            "invalid_options",
            "prompt is empty",
        ),
        (
            changed(segments=[{"type": "pose", "prompt": "a"}]),
            "unsupported_segment",
            "'pose'",
        ),
        (
            changed(constraints=[{"type": "ground_height", "points": [[0, 0, 0]]}]),
            "unsupported_constraint",
            "ground_height",
        ),
        (
            changed(
                constraints=[{"type": "root_path", "frames": [99], "positions_xz": [[0, 0]]}]
            ),
            "frame_out_of_range",
            "frame 99",
        ),
        (without("Foot"), "invalid_skeleton", "parent"),
        (
            changed(skeleton={"joints": [mixamo_skeleton()["joints"][0]]}),
            "invalid_skeleton",
            "no joint found for left_hip",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_the_protocols_codes(server, model, change, code, words):
    error = refused(server, change(body(model)))
    told = f"{error} {json.dumps(error.details)}"
    assert error.code == code and words in told and len(str(error)) < 600


def test_a_server_that_is_busy_says_when_to_come_back(server, model, monkeypatch):
    monkeypatch.setattr(work, "MOST_WAITING", 0)
    error = refused(server, body(model))
    assert error.code == "resource_exhausted" and error.details["retry_after"] == 1


def test_other_sites_and_huge_requests_are_refused_in_the_protocols_words(server, model):
    with pytest.raises(client.MmcpError) as error:
        client.generate(server.url, body(model), headers={"Origin": "https://elsewhere.example"})
    assert error.value.code == "forbidden"
    error = refused(server, body(model) | {"padding": "x" * (1 << 20)})
    assert error.code == "payload_too_large"


def test_a_batch_is_answered_one_by_one(server, model):
    requests = [body(model, frames=30), body(model) | {"model": "other"}, body(model, frames=20)]
    content = {"protocol_version": "1.0", "requests": requests}
    with urlopen(Request(f"{server.url}generate", json.dumps(content).encode())) as answer:
        first, second, third = json.loads(answer.read())["results"]
    assert client.parse_gltf(first["gltf"])["num_frames"] == 30
    assert second["error"]["code"] == "unknown_model"
    assert client.parse_gltf(third["gltf"])["num_frames"] == 20


def batch(server, items, **changes):
    """The status and the content of the answer to a batch."""
    content = {"protocol_version": "1.0", "requests": items, **changes}
    request = Request(f"{server.url}generate", json.dumps(content).encode())
    try:
        with urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def test_an_item_of_a_batch_fails_alone_and_in_few_words(server, model):
    """What the SDK's own batches answer with a failure of all, or give back whole."""
    good = body(model, frames=20)
    wrong = [
        body(model) | {"timing": {"fps": float("nan")}},
        body(model) | {"segments": [{"type": ["text"], "prompt": "a", "duration_frames": 9}]},
        body(model) | {"model": "x" * 5000},
        {"requests": [good]},
        [],
        7,
    ]
    status, content = batch(server, [*wrong, {**good, "protocol_version": "9.0"}, good])
    assert status == 200
    *errors, last = content["results"]
    codes = [one["error"]["code"] for one in errors]
    assert codes[2] == "unknown_model" and codes[-1] == "version_unsupported"
    assert set(codes[:2] + codes[3:-1]) == {"schema_validation"}
    assert all(len(json.dumps(one)) < 3000 for one in errors)
    assert client.parse_gltf(last["gltf"])["num_frames"] == 20


@pytest.mark.parametrize(
    ("items", "changes", "code"),
    [
        ([], {}, "schema_validation"),
        ({}, {}, "schema_validation"),
        (9 * [{}], {}, "invalid_options"),
        ([{}], {"protocol_version": "2.0"}, "version_unsupported"),
        ([{}], {"protocol_version": None}, "schema_validation"),
    ],
)
def test_what_is_no_batch_is_refused_whole(server, items, changes, code):
    status, content = batch(server, items, **changes)
    assert content["error"]["code"] == code and status in (400, 422)


def test_contacts_are_those_of_smpls_feet(model):
    assert model["predicted_contact_joints"] == [CANONICAL_NAMES[i] for i in SMPL_22.limbs.contacts]


def test_segments_follow_each_other(server, model):
    content = body(model)
    content["segments"] = [
        {"type": "text", "prompt": "a person walks forward", "duration_frames": 70},
        {"type": "unconditioned", "duration_frames": 4},
        {"type": "text", "prompt": "a person sits down", "duration_frames": 60},
        {"type": "unconditioned", "duration_frames": 40},
    ]
    content["timing"] = {"fps": 24}
    document = client.generate(server.url, content)
    motion = client.parse_gltf(document)
    places = motion["posed_joints"][:, 0]
    assert (
        motion["num_frames"] == 174 and np.linalg.norm(np.diff(places, axis=0), axis=-1).max() < 0.2
    )
    assert places[60, 2] - places[0, 2] > 1.5 and places[80:140, 1].min() < places[20, 1] - 0.15

    extension = document["extensions"]["MMCP_motion"]
    assert extension["samples"][0]["chunk_boundaries"] == [74, 134]
    notes = " ".join(note["message"] for note in extension["notes"])
    assert "goes with the one beside it" in notes and "'a person stands still'" in notes


def test_one_segment_may_be_longer_than_a_clip(server, model):
    motion = client.parse_gltf(client.generate(server.url, body(model, frames=300)))
    assert motion["num_frames"] == 300 and np.isfinite(motion["local_rot_mats"]).all()


def test_segments_with_seeds_of_their_own_are_refused(server, model):
    content = body(model)
    content["segments"] *= 2
    content["segments"][0] = content["segments"][0] | {"seed": 5}
    assert refused(server, content).code == "invalid_options"


QUICK = {"seed": 3, "diffusion_steps": 1, "model_options": {"effort": "preview"}}


@pytest.mark.parametrize("kind", ["canonical", "mixamo", "under a root"])
def test_a_path_is_held_in_the_clients_world(server, model, kind):
    skeleton = model["canonical_skeleton"] if kind == "canonical" else mixamo_skeleton()
    skeleton = with_root(skeleton) if kind == "under a root" else skeleton
    path = {
        "type": "root_path",
        "frames": [0, 36, 71],
        "positions_xz": [[10.0, 5.0], [11.2, 5.4], [12.4, 5.0]],
        "heading_radians": [np.pi / 2] * 3,
    }
    content = body(
        model, frames=72, prompt="a person walks", skeleton=skeleton, constraints=[path],
        timing={"fps": 24}, options=QUICK,
    )  # fmt: skip
    motion = client.parse_gltf(client.generate(server.url, content))
    hips = skeleton["joints"][1 if kind == "under a root" else 0]["name"]
    places = joint_positions(skeleton, motion)[hips]
    for frame, point in zip(path["frames"], path["positions_xz"], strict=True):
        assert np.abs(places[frame, [0, 2]] - point).max() < 0.03

    # the left hip is at the person's left: behind +Z for one that faces +X
    sides = joint_positions(skeleton, motion)
    left, right = (
        sides[next(name for name in sides if name in options)]
        for options in (
            ("LeftUpLeg", "mixamorig:LeftUpLeg"),
            ("RightUpLeg", "mixamorig:RightUpLeg"),
        )
    )
    assert np.median((right - left)[:, 2]) > 0.08


@pytest.mark.parametrize("kind", ["canonical", "A-pose"])
def test_hands_and_feet_are_put_in_their_places(server, model, kind):
    skeleton, names = model["canonical_skeleton"], ("RightHand", "LeftFoot")
    if kind == "A-pose":
        skeleton = mixamo_skeleton(is_a_pose=True)
        names = ("mixamorig:RightHand", "mixamorig:LeftFoot")
    hand = {"frames": [20, 40], "positions": [[-0.2, 1.35, 0.35], [-0.5, 1.2, 0.1]]}
    foot = {"frames": [30], "positions": [[0.15, 0.25, 0.3]]}
    pins = [
        {"type": "effector_target", "joint": name} | values
        for name, values in zip(names, (hand, foot), strict=True)
    ]
    content = body(model, prompt="a person stands still", skeleton=skeleton, options=QUICK)
    motion = client.parse_gltf(client.generate(server.url, content | {"constraints": pins}))
    places = joint_positions(skeleton, motion)
    for pin in pins:
        held = places[pin["joint"]]
        for frame, target in zip(pin["frames"], pin["positions"], strict=True):
            assert np.linalg.norm(held[frame] - target) < 0.002
        assert np.linalg.norm(np.diff(held, axis=0), axis=-1).max() < 0.2
    assert np.linalg.norm(places[names[0]][0] - hand["positions"][0]) > 0.1


def test_a_joint_that_cannot_be_pinned_is_told_which_can(server, model):
    pin = {"type": "effector_target", "frames": [30], "positions": [[0.1, 1.3, 0.3]]}
    content = body(model, options=QUICK)
    content["constraints"] = [pin | {"joint": "right_thumb"}]
    assert refused(server, content).code == "unknown_joint"
    skeleton = mixamo_skeleton()
    pin |= {"joint": "mixamorig:RightHandMiddle1"}
    error = refused(server, content | {"skeleton": skeleton, "constraints": [pin]})
    assert error.code == "invalid_request" and "mixamorig:RightHand" in error.details["joints"]


def test_a_pose_of_the_clients_rig_is_held(server, model):
    """Arms raised to the sides of an A-pose, by rotations that only this rig has."""
    skeleton = mixamo_skeleton(is_a_pose=True)
    names = [joint["name"] for joint in skeleton["joints"]]
    rotations = {name: [0.0, 0.0, 0.0, 1.0] for name in names}
    half = np.radians(90) / 2  # from 45 degrees under to 45 degrees over
    for side, sign in (("Left", 1), ("Right", -1)):
        rotations[f"mixamorig:{side}Arm"] = [0.0, 0.0, sign * np.sin(half), np.cos(half)]
    pose = {
        "type": "pose_keyframe",
        "frame": 40,
        "joint_rotations": rotations,
        "root_position": [1.0, 1.02, 2.0],
        "fill_mode": "rest",
    }
    content = body(model, prompt="a person stands still", skeleton=skeleton, options=QUICK)
    content |= {"constraints": [pose]}
    places = joint_positions(skeleton, client.parse_gltf(client.generate(server.url, content)))
    assert np.abs(places["mixamorig:Hips"][40, [0, 2]] - [1.0, 2.0]).max() < 0.03
    for side in ("Left", "Right"):
        arm = places[f"mixamorig:{side}Hand"][40] - places[f"mixamorig:{side}Arm"][40]
        assert abs(np.degrees(np.arctan2(arm[1], abs(arm[0]))) - 45) < 5

    # a few joints are no pose, which is said
    content["constraints"] = [
        pose | {"joint_rotations": {names[0]: [0, 0, 0, 1]}, "fill_mode": "generate"}
    ]
    notes = client.generate(server.url, content)["extensions"]["MMCP_motion"]["notes"]
    assert "tells 0 of the 8 joints" in " ".join(note["message"] for note in notes)


def test_constraints_go_with_several_segments(server, model):
    path = {"type": "root_path", "frames": [0, 59], "positions_xz": [[0, 0], [0, 3]]}
    content = body(model, frames=60, prompt="a person runs", constraints=[path], options=QUICK)
    content["segments"] += [{"type": "unconditioned", "duration_frames": 20}]
    document = client.generate(server.url, content)
    assert client.parse_gltf(document)["num_frames"] == 80

    content["segments"] += body(model, prompt="a person stands still")["segments"]
    motion = client.parse_gltf(client.generate(server.url, content))
    assert motion["num_frames"] == 140
    assert np.abs(motion["posed_joints"][59, 0, [0, 2]] - [0, 3]).max() < 0.03

    content["segments"] = []  # nothing but a path, which somebody walks
    motion = client.parse_gltf(client.generate(server.url, content | {"duration_frames": 60}))
    assert abs(motion["posed_joints"][59, 0, 2] - 3) < 0.03


def test_the_recorded_exchange_is_still_the_same(server):
    recorded = json.loads(FILE.read_text())
    answer = client.generate(server.url, recorded["request"])
    motion = client.parse_gltf(answer)
    assert motion["num_frames"] == 42 and motion["fps"] == 20
    np.testing.assert_allclose(motion["posed_joints"][0, 0, [0, 2]], [1.5, -0.5], atol=1e-4)
    for sample in answer["extensions"]["MMCP_motion"]["samples"]:
        sample.pop("trajectory")
    assert outline(answer) == recorded["answer"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e308, 0.0, 2.0])
def test_rest_rotations_that_are_none_are_refused(server, model, number):
    joints = [dict(each) for each in mixamo_skeleton()["joints"]]
    joints[-1]["rest_rotation"] = [0.0, 0.0, 0.0, number]
    error = refused(server, body(model, skeleton={"joints": joints}))
    assert error.code == "invalid_skeleton" and repr(joints[-1]["name"]) in str(error)


def test_an_error_is_json_whatever_was_sent(server, model):
    for odd in (float("nan"), 10**3000, "\ud800", [[[[[[[[[[[[1]]]]]]]]]]]], {"x" * 999: 1e308}):
        error = refused(server, body(model) | {"segments": odd})
        assert error.code == "schema_validation"
        assert len(json.dumps(error.details, allow_nan=False)) < 5000


@pytest.mark.parametrize("kind", [[], {}, ["text"], None, 3, True])
def test_a_segment_whose_type_is_no_text_is_refused(server, model, kind):
    content = body(model) | {"segments": [{"type": kind, "prompt": "a", "duration_frames": 20}]}
    assert refused(server, content).code == "schema_validation"


def test_a_failure_of_the_server_is_told_in_the_protocols_words(server, model, monkeypatch):
    for kind in (RuntimeError, TypeError):

        def fail(*_, kind=kind):
            raise kind("no such luck")

        monkeypatch.setattr("motionlcm.web.mmcp.result_of", fail)
        error = refused(server, body(model))
        assert error.code == "internal_error" and "luck" not in str(error)


@pytest.mark.parametrize("number", [1e308, -1e5, float("nan")])
@pytest.mark.parametrize("kind", ["anchor", "path", "heading", "hand", "pose"])
def test_places_that_are_nowhere_are_refused(server, model, kind, number):
    path = {"type": "root_path", "frames": [0, 9], "positions_xz": [[0, 0], [0, 0.3]]}
    wishes = {
        "anchor": path | {"frames": [0], "positions_xz": [[number, 0]]},
        "path": path | {"positions_xz": [[0, 0], [0, number]]},
        "heading": path | {"heading_radians": [0.0, number]},
        "hand": {
            "type": "effector_target",
            "joint": "LeftHand",
            "frames": [1],
            "positions": [[0, number, 0]],
        },
        "pose": {
            "type": "pose_keyframe",
            "frame": 3,
            "joint_rotations": {"Hips": [0, 0, 0, 1]},
            "root_position": [number, 0.9, 0],
            "fill_mode": "rest",
        },
    }
    content = body(model, frames=12, constraints=[wishes[kind]], options=QUICK)
    assert refused(server, content).code == "invalid_options"


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ([("Head", 9, [0, 1.6, 0]), ("Head", 9, [0, 1.2, 0])], "head is to be in two places"),
        ([("Hips", 3, [0, -1, 0])], "pelvis in frame 3 would be 1.00 m under the floor"),
        ([("LeftHand", 9, [0, 4, 0])], "left_wrist in frame 9 is out of reach"),
        ([("Hips", 0, [0, 0.9, 0]), ("Hips", 9, [0, 0.9, 20])], "at most 8 m/s are possible"),
        ([("Tail", 9, [0, 1, 0])], "'Tail' is not in the request skeleton"),
        ([("Head", 12, [0, 1, 0])], "frame 12 is outside [0, 11]"),
    ],
)
def test_what_no_body_can_do_is_named_in_one_line(server, model, wishes, words):
    pins = [
        {"type": "effector_target", "joint": joint, "frames": [frame], "positions": [place]}
        for joint, frame, place in wishes
    ]
    told = str(refused(server, body(model, frames=12, constraints=pins, options=QUICK)))
    assert words in told and "\n" not in told

    # as two wishes or as one
    joined = {name: sum((pin[name] for pin in pins), []) for name in ("frames", "positions")}
    content = body(model, frames=12, constraints=[pins[0] | joined], options=QUICK)
    assert words in str(refused(server, content))


def test_a_refused_constraint_says_whose_frames_it_counts(server, model):
    pin = {"type": "effector_target", "joint": "Hips", "frames": [6], "positions": [[0, -1, 0]]}
    content = body(model, frames=24, constraints=[pin], options=QUICK, timing={"fps": 40})
    told = str(refused(server, content))
    assert "frame 3 would be" in told and "20 frames a second" in told


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("POST", "capabilities", 405, "POST is not answered at '/capabilities'; use GET"),
        ("BREW", "generate", 405, "BREW is not answered at '/generate'; use POST"),
        ("DELETE", "health", 405, "DELETE is not answered at '/health'; use GET"),
        ("GET", "capabilities/all", 404, "there is nothing at '/capabilities/all'"),
        ("GET", "x" * 3000, 404, "there is nothing at '/xxx"),
    ],
)
def test_addresses_and_methods_that_are_none_are_told_in_one_line(
    server, method, path, status, words
):
    with pytest.raises(HTTPError) as error:
        urlopen(Request(server.url + path, method=method))
    content = json.loads(error.value.read())["error"]
    if path in ("capabilities", "generate"):  # the protocol's envelope
        assert content["code"] == "invalid_request"
        content = content["message"]
    assert error.value.code == status and content.startswith(words) and len(content) < 200
    assert status == 404 or error.value.headers["Allow"]


def test_the_capabilities_are_asked_for_by_head_too(server):
    with urlopen(Request(server.url + "capabilities", method="HEAD")) as answer:
        assert answer.status == 200 and int(answer.headers["Content-Length"]) > 500
        assert answer.read() == b""

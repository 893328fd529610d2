"""Characters made for tests: many namings, rest poses, proportions and axes, with a skinned body.

They are written by their own plain code, and ``played`` reads a GLB back by 4x4 matrices alone, so
that no code under test checks itself.
"""

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.formats.gltf_mesh import body_mesh
from motionlcm.motion.rotations import from_axis_angle, multiply, rotate, to_matrix
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

#: A grown body in T-pose: each joint seen from its parent, metres.
_BONES = np.array(
    [
        [0, 0.96, 0], [0.09, -0.07, 0], [-0.09, -0.07, 0], [0, 0.11, -0.01], [0.01, -0.42, 0],
        [-0.01, -0.42, 0], [0, 0.13, 0], [0, -0.40, -0.02], [0, -0.40, -0.02], [0, 0.07, 0.01],
        [0.01, -0.05, 0.13], [-0.01, -0.05, 0.13], [0, 0.20, -0.01], [0.06, 0.12, 0],
        [-0.06, 0.12, 0], [0, 0.11, 0.02], [0.11, 0.01, 0], [-0.11, 0.01, 0], [0.27, 0, 0],
        [-0.27, 0, 0], [0.25, 0, 0], [-0.25, 0, 0],
    ]
)  # fmt: skip
_LEFT_ARM = (16, 18, 20)


@dataclass
class Rig:
    """What makes a test character.

    Attributes:
        names: SMPL's joint to the rig's name; joints that are left out the rig has not.
        arms: degrees that the arms hang below the horizontal in the rest pose; 0 is a T-pose.
        bend: degrees that the elbows are bent ahead.
        spread: degrees that the legs are apart.
        sizes: factors of bones by the part of the name of the joint that they end in.
        unit: units of the joints in a metre; the armature's scale brings them back.
        turn: rotation vector of the armature, undone in the joints: Z-up files are X by -90.
        facing: degrees that the whole rest pose is turned about Y.
        axes: rotation vector of all joints' own axes.
        twists: joints in the way of a limb, by the joint that they follow.
        extras: further joints: name to the rig's name of its parent.
        parents: joints that hang on another one than SMPL's.
        with_matrix: whether nodes are told as matrices.
        vrm: write VRM's map of bones, under these names.
        vrm_version: "1.0", or "0.0" of the older files, which face -Z.
    """

    names: dict[str, str]
    arms: float = 0.0
    bend: float = 0.0
    spread: float = 0.0
    sizes: dict[str, float] = field(default_factory=dict)
    unit: float = 1.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    facing: float = 0.0
    axes: tuple[float, float, float] = (0.0, 0.0, 0.0)
    twists: dict[str, str] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    with_matrix: bool = False
    vrm: dict[str, str] = field(default_factory=dict)
    vrm_version: str = "1.0"

    @property
    def rest(self) -> np.ndarray:
        """``[22 3]`` the rest pose in metres, Y up."""
        return _rest(self)[0]


def _named(words: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in words.split())


_SIDES = (("left", "Left", "l", "L"), ("right", "Right", "r", "R"))


def _sided(words: str) -> dict[str, str]:
    """Names of both sides: ``{Side}``, ``{s}`` and ``{S}`` stand for the side."""
    names = {}
    for side, long, short, capital in _SIDES:
        for pair in words.split():
            joint, name = pair.split("=")
            names[f"{side}_{joint}"] = name.format(Side=long, side=side, s=short, S=capital)
    return names


_LIMBS = "hip knee ankle foot collar shoulder elbow wrist".split()


def _limbs(words: str) -> dict[str, str]:
    return _sided(" ".join(f"{joint}={name}" for joint, name in zip(_LIMBS, words.split())))


RIGS = {
    "mixamo": Rig(
        _named(
            "pelvis=mixamorig:Hips spine1=mixamorig:Spine spine2=mixamorig:Spine1 "
            "spine3=mixamorig:Spine2 neck=mixamorig:Neck head=mixamorig:Head"
        )
        | _limbs(
            "mixamorig:{Side}UpLeg mixamorig:{Side}Leg mixamorig:{Side}Foot "
            "mixamorig:{Side}ToeBase mixamorig:{Side}Shoulder mixamorig:{Side}Arm "
            "mixamorig:{Side}ForeArm mixamorig:{Side}Hand"
        ),
        unit=100.0,
        extras={"mixamorig:HeadTop_End": "mixamorig:Head", "Tail": "mixamorig:Hips"},
    ),
    "unreal": Rig(
        _named("pelvis=pelvis spine1=spine_01 spine2=spine_02 spine3=spine_03 neck=neck_01 head=head")
        | _limbs("thigh_{s} calf_{s} foot_{s} ball_{s} clavicle_{s} upperarm_{s} lowerarm_{s} hand_{s}"),
        arms=45,
        spread=4,
        unit=100.0,
        turn=(-np.pi / 2, 0, 0),
        axes=(0.3, 0.2, 1.4),
        extras={
            "upperarm_twist_01_l": "upperarm_l",
            "thigh_twist_01_r": "thigh_r",
            "ik_foot_root": "pelvis",
        },
    ),
    "child-vrm": Rig(
        _named("pelvis=b00 spine1=b01 spine2=b02 neck=b03 head=b04")
        | _limbs("{S}10 {S}11 {S}12 {S}13 {S}14 {S}15 {S}16 {S}17"),
        sizes={
            "pelvis": 0.6, "hip": 0.7, "knee": 0.55, "ankle": 0.6, "foot": 0.7, "spine1": 0.8,
            "elbow": 0.6, "wrist": 0.65, "shoulder": 0.7, "neck": 0.7,
        },
        vrm=_named("pelvis=hips spine1=spine spine2=chest neck=neck head=head")
        | _limbs(
            "{side}UpperLeg {side}LowerLeg {side}Foot {side}Toes {side}Shoulder {side}UpperArm "
            "{side}LowerArm {side}Hand"
        ),
    ),
    "rigify": Rig(
        _named(
            "pelvis=DEF-spine spine1=DEF-spine.001 spine2=DEF-spine.002 spine3=DEF-spine.003 "
            "neck=DEF-spine.004 head=DEF-spine.006"
        )
        | _limbs(
            "DEF-thigh.{S} DEF-shin.{S} DEF-foot.{S} DEF-toe.{S} DEF-shoulder.{S} "
            "DEF-upper_arm.{S} DEF-forearm.{S} DEF-hand.{S}"
        ),
        arms=82,
        bend=15,
        axes=(0, 0, np.pi / 2),
    ),
    "daz": Rig(
        _named("pelvis=hip spine1=abdomenLower spine2=abdomenUpper spine3=chestLower neck=neckLower head=head")
        | _limbs(
            "{s}ThighBend {s}Shin {s}Foot {s}Toe {s}Collar {s}ShldrBend {s}ForearmBend {s}Hand"
        ),
        arms=12,
        sizes={"elbow": 1.25, "wrist": 1.3, "knee": 0.9, "neck": 1.1},
        unit=0.01,
        twists={
            "left_hip": "lThighTwist", "right_hip": "rThighTwist",
            "left_shoulder": "lShldrTwist", "right_shoulder": "rShldrTwist",
        },
    ),
    "biped": Rig(
        _named("pelvis=Bip01 spine1=Bip01_Spine spine2=Bip01_Spine1 neck=Bip01_Neck head=Bip01_Head")
        | _limbs(
            "Bip01_{S}_Thigh Bip01_{S}_Calf Bip01_{S}_Foot Bip01_{S}_Toe0 Bip01_{S}_Clavicle "
            "Bip01_{S}_UpperArm Bip01_{S}_Forearm Bip01_{S}_Hand"
        ),
        arms=30,
        sizes={"knee": 1.2, "ankle": 1.2, "pelvis": 1.17},
        facing=180,
        axes=(1.2, -0.7, 0.4),
        parents={"left_collar": "neck", "right_collar": "neck"},
        with_matrix=True,
    ),
}  # fmt: skip


def _rest(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    """(positions ``[22 3]``, world rotations ``[22 4]`` from the T-pose) of the rest pose."""
    bones = _BONES.copy()
    for joint, name in enumerate(JOINT_NAMES):
        bones[joint] *= rig.sizes.get(name.rpartition("_")[2], 1.0)

    turns = np.tile([1.0, 0, 0, 0], (22, 1))
    positions = bones.copy()
    for joint, parent in enumerate(PARENTS):
        name, own = JOINT_NAMES[joint], np.zeros(3)
        sign = 1 if name.startswith("left") else -1
        if name.endswith("shoulder"):
            own[2] = -sign * np.radians(rig.arms)
        if name.endswith("elbow"):
            own[1] = -sign * np.radians(rig.bend)
        if name.endswith("hip"):
            own[2] = sign * np.radians(rig.spread)
        if name.endswith("ankle"):
            own[2] = -sign * np.radians(rig.spread)
        if parent >= 0:
            positions[joint] = positions[parent] + rotate(turns[parent], bones[joint])
            turns[joint] = multiply(turns[parent], from_axis_angle(own))
    whole = from_axis_angle(np.array([0, np.radians(rig.facing), 0]))
    return rotate(whole, positions), multiply(whole, turns)


def _matrix(rotation: np.ndarray, position: np.ndarray, scale: float = 1.0) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = to_matrix(rotation) * scale
    matrix[:3, 3] = position
    return matrix


def write_rig(path: Path, rig: Rig) -> Path:
    """Write a rig as GLB, or as VRM if it has a map of bones."""
    positions, turns = _rest(rig)
    armature = _matrix(from_axis_angle(np.array(rig.turn)), np.zeros(3), 1 / rig.unit)
    axes = from_axis_angle(np.array(rig.axes))

    # World matrices of the joints: their own axes, and their unit.
    has = [name in rig.names for name in JOINT_NAMES]
    names, worlds, above = ["Armature"], [armature], [-1]
    number: dict[str, int] = {}
    for joint, name in enumerate(JOINT_NAMES):
        if not has[joint]:
            continue
        world = _matrix(multiply(turns[joint], axes), positions[joint], 1 / rig.unit)
        parent = _parent(rig, joint)
        place = 0 if parent is None else number[rig.twists.get(parent, parent)]
        names.append(rig.names[name])
        worlds.append(world)
        above.append(place)
        number[name] = len(names) - 1
        if name in rig.twists:
            child = next(j for j, up in enumerate(PARENTS) if up == joint)
            names.append(rig.twists[name])
            middle = (positions[joint] + positions[child]) / 2
            worlds.append(_matrix(multiply(turns[joint], axes), middle, 1 / rig.unit))
            above.append(len(names) - 2)
            number[rig.twists[name]] = len(names) - 1
    for name, parent_name in rig.extras.items():
        place = names.index(parent_name)
        shift = np.eye(4)
        shift[:3, 3] = np.array([0.02, 0.1, -0.03]) * rig.unit
        names.append(name)
        worlds.append(worlds[place] @ shift)
        above.append(place)
    content, document = _document(rig, names, worlds, above, number)
    return _write(path, document, content)


def _parent(rig: Rig, joint: int) -> str | None:
    """The nearest joint above that the rig has."""
    name = JOINT_NAMES[joint]
    if name in rig.parents:
        return rig.parents[name]
    up = PARENTS[joint]
    while up >= 0 and JOINT_NAMES[up] not in rig.names:
        up = PARENTS[up]
    return JOINT_NAMES[up] if up >= 0 else None


def _document(rig, names, worlds, above, number) -> tuple[bytes, dict]:
    nodes = []
    for joint, name in enumerate(names):
        local = (
            worlds[joint]
            if above[joint] < 0
            else np.linalg.inv(worlds[above[joint]]) @ worlds[joint]
        )
        children = [child for child, up in enumerate(above) if up == joint]
        node = {"name": name} | ({"children": children} if children else {})
        nodes.append(node | (_as_matrix(local) if rig.with_matrix else _as_parts(local)))
    nodes.append({"name": "body", "mesh": 0, "skin": 0})

    mesh = _posed_mesh(rig)
    joint_of = [_bearer(rig, joint, number) - 1 for joint in range(22)]
    joints = np.array(joint_of, np.uint8)[mesh.joints]
    inverse = np.array([np.linalg.inv(world).T for world in worlds[1:]], np.float32)
    arrays = [mesh.vertices, mesh.normals, mesh.colors, joints, mesh.weights]
    arrays += [mesh.triangles.reshape(-1), inverse.reshape(-1, 16)]
    content, views, accessors = _packed_arrays(arrays)
    for accessor in (accessors[2], accessors[4]):
        accessor["normalized"] = True
    accessors[0] |= {"min": mesh.vertices.min(0).tolist(), "max": mesh.vertices.max(0).tolist()}
    attributes = dict(zip(("POSITION", "NORMAL", "COLOR_0", "JOINTS_0", "WEIGHTS_0"), range(5)))
    primitive = {"attributes": attributes, "indices": 5, "material": 0}
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0, len(nodes) - 1]}],
        "nodes": nodes,
        "meshes": [{"name": "body", "primitives": [primitive]}],
        "materials": [{"name": "skin", "extras": {"kept": True}}],
        "skins": [{"joints": list(range(1, len(names))), "inverseBindMatrices": 6}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(content)}],
    }
    if rig.vrm:
        bones = {bone: {"node": number[name]} for name, bone in rig.vrm.items() if name in number}
        key, vrm = _vrm_0(bones) if rig.vrm_version == "0.0" else _vrm_1(bones)
        document["extensionsUsed"] = [key]
        document["extensions"] = {key: vrm}
    return content, document


def _vrm_1(bones: dict[str, dict]) -> tuple[str, dict]:
    """The name and the content of VRM 1.0's extension."""
    meta = {"name": "test", "authors": ["test"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
    return "VRMC_vrm", {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": bones}}


def _vrm_0(bones: dict[str, dict]) -> tuple[str, dict]:
    """The name and the content of VRM 0.x's extension, whose bones are a list."""
    rows = [{"bone": name, "useDefaultValues": True} | bone for name, bone in bones.items()]
    return "VRM", {
        "exporterVersion": "test",
        "specVersion": "0.0",
        "meta": {"title": "test", "version": "1", "author": "test", "licenseName": "CC0"},
        "humanoid": {"humanBones": rows},
        "firstPerson": {"firstPersonBone": bones["head"]["node"], "lookAtTypeName": "Bone"},
        "blendShapeMaster": {"blendShapeGroups": []},
        "secondaryAnimation": {"boneGroups": [], "colliderGroups": []},
        "materialProperties": [
            {"name": "skin", "shader": "VRM_USE_GLTFSHADER", "renderQueue": 2000}
            | {name: {} for name in ("floatProperties", "vectorProperties", "textureProperties")}
            | {"keywordMap": {}, "tagMap": {}}
        ],
    }


def _bearer(rig: Rig, joint: int, number: dict[str, int]) -> int:
    """The node that bears the skin of a joint: of one that the rig has not, the one above."""
    while JOINT_NAMES[joint] not in number:
        joint = PARENTS[joint]
    return number[JOINT_NAMES[joint]]


def _posed_mesh(rig: Rig):
    """The plain body in the rig's rest pose, in metres."""
    plain = Rig(rig.names, sizes=rig.sizes)
    mesh = body_mesh(plain.rest)
    positions, turns = _rest(rig)
    joint = mesh.joints[:, 0].astype(int)
    vertices = rotate(turns[joint], mesh.vertices - plain.rest[joint]) + positions[joint]
    object.__setattr__(mesh, "vertices", vertices.astype(np.float32))
    object.__setattr__(mesh, "normals", rotate(turns[joint], mesh.normals).astype(np.float32))
    return mesh


def _as_matrix(local: np.ndarray) -> dict:
    return {"matrix": local.T.reshape(-1).tolist()}


def _as_parts(local: np.ndarray) -> dict:
    from motionlcm.motion.rotations import from_matrix

    scale = float(np.linalg.norm(local[:3, 0]))
    wxyz = from_matrix(local[:3, :3] / scale)
    parts = {"translation": local[:3, 3].tolist(), "rotation": wxyz[[1, 2, 3, 0]].tolist()}
    return parts if abs(scale - 1) < 1e-6 else parts | {"scale": [scale] * 3}


def _packed_arrays(arrays: list[np.ndarray]) -> tuple[bytes, list[dict], list[dict]]:
    kinds = {"float32": 5126, "uint8": 5121, "uint16": 5123, "uint32": 5125}
    widths = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
    content, views, accessors = b"", [], []
    for index, array in enumerate(arrays):
        array = np.ascontiguousarray(array)
        view = {"buffer": 0, "byteOffset": len(content), "byteLength": array.nbytes}
        if index < 6:
            view["target"] = 34963 if index == 5 else 34962
        views.append(view)
        width = array.shape[1] if array.ndim > 1 else 1
        accessors.append(
            {
                "bufferView": index,
                "componentType": kinds[array.dtype.name],
                "count": len(array),
                "type": widths[width],
            }
        )
        content += array.tobytes() + b"\0" * (-array.nbytes % 4)
    return content, views, accessors


def _write(path: Path, document: dict, content: bytes) -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(content)
    chunks = struct.pack("<4sII", b"glTF", 2, length) + struct.pack("<I4s", len(text), b"JSON")
    chunks += text + struct.pack("<I4s", len(content), b"BIN\0") + content
    path.write_bytes(chunks)
    return path


@dataclass
class Played:
    """A GLB as a viewer shows it: ``joints`` name to places ``[T 3]``, ``skin`` ``[T V 3]``."""

    joints: dict[str, np.ndarray]
    skin: np.ndarray


def played(path: Path, *, every: int = 1) -> Played:
    """Play the first animation of a GLB, key frame by key frame."""
    content = path.read_bytes()
    size = struct.unpack_from("<I", content, 12)[0]
    document, binary = json.loads(content[20 : 20 + size]), content[28 + size :]
    nodes, animation = document["nodes"], document["animations"][0]

    tracks: dict[tuple[int, str], np.ndarray] = {}
    for channel in animation["channels"]:
        target = channel["target"]
        values = _numbers(document, binary, animation["samplers"][channel["sampler"]]["output"])
        tracks[target["node"], target["path"]] = values
    frames = range(0, len(next(iter(tracks.values()))), every)

    above = {child: up for up, node in enumerate(nodes) for child in node.get("children", [])}
    worlds = np.zeros((len(frames), len(nodes), 4, 4))
    done: set[int] = set()

    def visit(index: int) -> None:
        if index in done:
            return
        if index in above:
            visit(above[index])
        for row, frame in enumerate(frames):
            local = _local(nodes[index], index, tracks, frame)
            worlds[row, index] = worlds[row, above[index]] @ local if index in above else local
        done.add(index)

    for index in range(len(nodes)):
        visit(index)
    joints = {node.get("name", ""): worlds[:, i, :3, 3] for i, node in enumerate(nodes)}
    return Played(joints, _skinned(document, binary, worlds))


def _local(node: dict, index: int, tracks: dict, frame: int) -> np.ndarray:
    if "matrix" in node:
        assert (index, "rotation") not in tracks, "a node with a matrix cannot be animated"
        return np.array(node["matrix"]).reshape(4, 4).T
    place = np.array(node.get("translation", [0, 0, 0]), float)
    turn = np.array(node.get("rotation", [0, 0, 0, 1]), float)
    if (index, "translation") in tracks:
        place = tracks[index, "translation"][frame]
    if (index, "rotation") in tracks:
        turn = tracks[index, "rotation"][frame]
    matrix = _matrix(turn[[3, 0, 1, 2]] / np.linalg.norm(turn), place)
    matrix[:3, :3] *= np.array(node.get("scale", [1, 1, 1]))
    return matrix


def _skinned(document: dict, binary: bytes, worlds: np.ndarray) -> np.ndarray:
    """Vertices ``[T V 3]`` of the first skinned mesh; none without a skin."""
    bodies = [node for node in document["nodes"] if "skin" in node]
    if not bodies:
        return np.zeros((len(worlds), 0, 3))
    skin = document["skins"][bodies[0]["skin"]]
    inverse = _numbers(document, binary, skin["inverseBindMatrices"]).reshape(-1, 4, 4)
    matrices = worlds[:, skin["joints"]] @ inverse.transpose(0, 2, 1)  # [T J 4 4]
    attributes = document["meshes"][bodies[0]["mesh"]]["primitives"][0]["attributes"]
    vertices = _numbers(document, binary, attributes["POSITION"])
    joints = _numbers(document, binary, attributes["JOINTS_0"]).astype(int)
    weights = _numbers(document, binary, attributes["WEIGHTS_0"])
    weights = weights / weights.sum(axis=1, keepdims=True)
    homogeneous = np.concatenate([vertices, np.ones((len(vertices), 1))], axis=1)
    blended = np.einsum("vk,tvkij->tvij", weights, matrices[:, joints])
    return np.einsum("tvij,vj->tvi", blended, homogeneous)[..., :3]


def _numbers(document: dict, binary: bytes, index: int) -> np.ndarray:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {5126: "<f4", 5121: "<u1", 5123: "<u2", 5125: "<u4"}[accessor["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    values = np.frombuffer(binary, kind, accessor["count"] * width, start)
    return values.reshape(-1, width).astype(float)

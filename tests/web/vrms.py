"""Avatars as VRoid Studio, UniVRM and Blender write them, by the rules of VRM's two specifications.

A plain one is given what the others have: a second body for the wearer's own eyes, hair on springs
with colliders, bones that follow others, expressions, a gaze, MToon, a picture, odd names.
"""

import io
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from tests.formats.rigs import RIGS, write_rig

HAIR = ("hair.000", "hair.001", "hair.002")
TEXTURE = {"index": 0}


def write_avatar(path: Path, version: str) -> Path:
    """Write a VRM of version "0.0" or "1.0" with all that such files hold beside a body."""
    facing = 180 if version == "0.0" else 0
    rig = replace(
        RIGS["child-vrm"], vrm_version=version, facing=facing, axes=(0.4, -0.9, 0.3), arms=35
    )
    document, content = _parts(write_rig(path, rig))
    _give_pictures(document, content)
    _give_head_mesh(document, content)
    bones = _give_hair(document)
    if version == "0.0":
        _dress_0(document["extensions"]["VRM"], bones)
    else:
        _dress_1(document, bones)
    document["buffers"][0]["byteLength"] = len(content)
    return _whole(path, document, bytes(content))


def write_packed(path: Path, extension: str | None) -> Path:
    """Write a VRM that can only be read with an extension; None: with a buffer that is cut off."""
    document, content = _parts(write_avatar(path, "1.0"))
    if extension is None:
        return _whole(path, document, bytes(content[: len(content) // 3]))
    document["extensionsRequired"] = [extension]
    document["extensionsUsed"].append(extension)
    if extension == "KHR_texture_basisu":
        document["textures"][0] = {"extensions": {extension: {"source": 0}}}
    elif extension == "EXT_meshopt_compression":
        view = document["bufferViews"][0]
        more = {"buffer": 0, "byteStride": 12, "count": 1, "mode": "ATTRIBUTES", "filter": "NONE"}
        view["extensions"] = {extension: view | more}
    else:
        attributes = document["meshes"][0]["primitives"][0]["attributes"]
        packed = {"bufferView": 0, "attributes": attributes}
        document["meshes"][0]["primitives"][0]["extensions"] = {extension: packed}
    return _whole(path, document, bytes(content))


def _give_pictures(document: dict, content: bytearray) -> None:
    """A picture in the file, one beside it, and one of another site."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), (240, 200, 180)).save(buffer, "PNG")
    view = _append(document, content, buffer.getvalue())
    document["images"] = [
        {"bufferView": view, "mimeType": "image/png", "name": "skin"},
        {"uri": "beside.png"},
        {"uri": "http://pictures.example/face.png"},
    ]
    document["samplers"] = [{}]
    document["textures"] = [{"source": k, "sampler": 0} for k in range(3)]
    document["materials"] = [
        {"name": name, "pbrMetallicRoughness": {"baseColorTexture": {"index": k}}}
        for k, name in enumerate(("skin", "cloth", "face"))
    ]


def _give_head_mesh(document: dict, content: bytearray) -> None:
    """A morph of the body, and a second body that only its wearer is to see."""
    (mesh,) = document["meshes"]
    (primitive,) = mesh["primitives"]
    count = document["accessors"][primitive["attributes"]["POSITION"]]["count"]
    moved = np.zeros((count, 3), "<f4")
    moved[:, 1] = 0.01
    view = _append(document, content, moved.tobytes())
    low, high = moved.min(0).tolist(), moved.max(0).tolist()
    document["accessors"].append(
        {"bufferView": view, "componentType": 5126, "count": count, "type": "VEC3"}
        | {"min": low, "max": high}
    )
    primitive["targets"] = [{"POSITION": len(document["accessors"]) - 1}]
    document["meshes"].append({"name": "own eyes", "primitives": [{**primitive, "material": 1}]})
    mesh["primitives"].append({**primitive, "material": 2})
    document["nodes"].append({"name": "own eyes", "mesh": 1, "skin": 0})
    document["scenes"][0]["nodes"].append(len(document["nodes"]) - 1)


def _give_hair(document: dict) -> dict[str, int]:
    """Three bones of hair on the head; the numbers of nodes by their names."""
    nodes = document["nodes"]
    above = next(node for node in nodes if node["name"] == "b04")
    for name in HAIR:
        nodes.append({"name": name, "translation": [0.02, 0.05, -0.06]})
        above.setdefault("children", []).append(len(nodes) - 1)
        above = nodes[-1]
    return {node["name"]: k for k, node in enumerate(nodes)}


def _dress_1(document: dict, bones: dict[str, int]) -> None:
    vrm = document["extensions"]["VRMC_vrm"]
    morph = {"node": bones["body"], "index": 0, "weight": 1.0}
    vrm["expressions"] = {
        "preset": {
            "blink": {"morphTargetBinds": [morph], "overrideBlink": "none"},
            "happy": {
                "materialColorBinds": [
                    {"material": 0, "type": "color", "targetValue": [1, 0, 0, 1]}
                ]
            },
        },
        "custom": {"odd name / 表情": {"isBinary": True}},
    }
    vrm["firstPerson"] = {
        "meshAnnotations": [
            {"node": bones["body"], "type": "thirdPersonOnly"},
            {"node": bones["own eyes"], "type": "firstPersonOnly"},
        ]
    }
    ranges = {"inputMaxValue": 90.0, "outputScale": 10.0}
    sides = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
    vrm["lookAt"] = {"offsetFromHeadBone": [0, 0.06, 0], "type": "bone"}
    vrm["lookAt"] |= {f"rangeMap{side}": ranges for side in sides}

    shape = {"capsule": {"offset": [0, 0, 0], "radius": 0.05, "tail": [0, 0.1, 0]}}
    joints = [{"node": bones[name], "stiffness": 0.6, "dragForce": 0.3} for name in HAIR]
    document["extensions"]["VRMC_springBone"] = {
        "specVersion": "1.0",
        "colliders": [{"node": bones["b03"], "shape": shape}],
        "colliderGroups": [{"name": "neck", "colliders": [0]}],
        "springs": [{"name": "hair", "joints": joints, "colliderGroups": [0], "center": 0}],
    }
    aim = {"roll": {"source": bones["b04"], "rollAxis": "Y", "weight": 0.5}}
    document["nodes"][bones[HAIR[2]]]["extensions"] = {
        "VRMC_node_constraint": {"specVersion": "1.0", "constraint": aim}
    }
    document["materials"][0]["extensions"] = {
        "VRMC_materials_mtoon": {
            "specVersion": "1.0",
            "outlineWidthMode": "worldCoordinates",
            "outlineWidthFactor": 0.004,
            "outlineColorFactor": [0, 0, 0],
            "shadeColorFactor": [0.6, 0.5, 0.5],
        }
    }
    document["extensionsUsed"] += [
        "VRMC_springBone",
        "VRMC_node_constraint",
        "VRMC_materials_mtoon",
    ]


def _dress_0(vrm: dict, bones: dict[str, int]) -> None:
    vrm["blendShapeMaster"]["blendShapeGroups"] = [
        {"name": "Blink", "presetName": "blink", "binds": [{"mesh": 0, "index": 0, "weight": 100}]},
        {"name": "odd name / 表情", "presetName": "unknown", "binds": [], "isBinary": True},
    ]
    curve = {"curve": [0, 0, 0, 1, 1, 1, 1, 0], "xRange": 90, "yRange": 10}
    sides = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
    vrm["firstPerson"] |= {
        "firstPersonBoneOffset": {"x": 0, "y": 0.06, "z": 0},
        "meshAnnotations": [
            {"mesh": 0, "firstPersonFlag": "ThirdPersonOnly"},
            {"mesh": 1, "firstPersonFlag": "FirstPersonOnly"},
        ],
    } | {f"lookAt{side}": curve for side in sides}
    ball = {"offset": {"x": 0, "y": 0, "z": 0}, "radius": 0.05}
    vrm["secondaryAnimation"] = {
        "boneGroups": [
            {"comment": "hair", "stiffiness": 0.6, "gravityPower": 0.1, "dragForce": 0.3}
            | {"gravityDir": {"x": 0, "y": -1, "z": 0}, "center": -1, "hitRadius": 0.02}
            | {"bones": [bones[HAIR[0]]], "colliderGroups": [0]}
        ],
        "colliderGroups": [{"node": bones["b03"], "colliders": [ball]}],
    }
    (plain,) = vrm["materialProperties"]
    toon = {
        "shader": "VRM/MToon",
        "floatProperties": {"_OutlineWidthMode": 1, "_OutlineWidth": 0.1, "_BlendMode": 0},
        "vectorProperties": {"_Color": [1, 1, 1, 1], "_ShadeColor": [0.6, 0.5, 0.5, 1]},
        "textureProperties": {"_MainTex": 0},
    }
    vrm["materialProperties"] = [
        {**plain, **toon, "name": name} for name in ("skin", "cloth", "face")
    ]


def _append(document: dict, content: bytearray, added: bytes) -> int:
    """Put bytes at the end; the number of their view."""
    content += b"\0" * (-len(content) % 4)
    document["bufferViews"].append(
        {"buffer": 0, "byteOffset": len(content), "byteLength": len(added)}
    )
    content += added + b"\0" * (-len(added) % 4)
    return len(document["bufferViews"]) - 1


def _parts(path: Path) -> tuple[dict, bytearray]:
    whole = path.read_bytes()
    (size,) = struct.unpack("<I", whole[12:16])
    return json.loads(whole[20 : 20 + size]), bytearray(whole[28 + size :])


def _whole(path: Path, document: dict, content: bytes) -> Path:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(content))
    head += struct.pack("<I4s", len(text), b"JSON") + text
    path.write_bytes(head + struct.pack("<I4s", len(content), b"BIN\0") + content)
    return path

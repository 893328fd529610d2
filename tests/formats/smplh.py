"""A body model made up in the shape of SMPL-H, and the real smplx posing it."""

from pathlib import Path

import numpy as np

from motionlcm.formats.body_models import SMPL_REST
from motionlcm.motion.skeleton import PARENTS

NUM_VERTICES, NUM_JOINTS = 160, 52
_HANDS = [parent for side in (20, 21) for finger in range(5) for parent in (side, None, None)]


def write_smplh(path: Path, seed: int = 0) -> Path:
    """An npz with the arrays of an SMPL-H model; its joints sit near those of SMPL's mean body."""
    generator = np.random.default_rng(seed)
    rest = np.zeros((NUM_JOINTS, 3))
    parents = list(PARENTS)
    for joint in range(22, NUM_JOINTS):
        above = _HANDS[joint - 22]
        parents.append(joint - 1 if above is None else above)
    for joint in range(NUM_JOINTS):
        offset = SMPL_REST[joint] if joint < 22 else generator.normal(0, 0.02, 3)
        rest[joint] = offset + (rest[parents[joint]] if joint else 0)
    regressor = np.zeros((NUM_JOINTS, NUM_VERTICES))
    template = generator.normal(0, 0.3, (NUM_VERTICES, 3))
    for joint in range(NUM_JOINTS):  # two vertices about each joint
        template[2 * joint] = rest[joint] + [0.1, 0, 0]
        template[2 * joint + 1] = rest[joint] - [0.1, 0, 0]
        regressor[joint, 2 * joint : 2 * joint + 2] = 0.5
    weights = generator.uniform(0, 1, (NUM_VERTICES, NUM_JOINTS))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        v_template=template,
        shapedirs=generator.normal(0, 0.01, (NUM_VERTICES, 3, 300)),
        posedirs=generator.normal(0, 0.001, (NUM_VERTICES, 3, 9 * (NUM_JOINTS - 1))),
        J_regressor=regressor,
        weights=weights / weights.sum(axis=1, keepdims=True),
        kintree_table=np.array([[2**32 - 1, *parents[1:]], range(NUM_JOINTS)], dtype=np.int64),
        f=generator.integers(0, NUM_VERTICES, (40, 3)),
        **{f"hands_components{side}": np.eye(45) for side in "lr"},
        **{f"hands_mean{side}": np.zeros(45) for side in "lr"},
    )
    return path


def write_recording(
    path: Path, seed: int = 0, *, num_frames: int = 120, fps: float = 120.0, gender: str = "male"
) -> Path:
    """An AMASS npz of slow made-up motion."""
    generator = np.random.default_rng(seed)
    time = np.linspace(0, num_frames / fps, num_frames)[:, None]
    speed, phase = generator.uniform(1, 4, (1, 156)), generator.uniform(0, 6, (1, 156))
    poses = np.sin(time * speed + phase) * 0.4
    poses[:, 0] += np.pi / 2  # upright where Z is up
    trans = np.cumsum(generator.normal(0, 0.004, (num_frames, 3)), axis=0) + [0, 0, 1.2]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        poses=poses,
        trans=trans,
        betas=generator.normal(0, 1, 16),
        gender=np.array(gender),
        mocap_framerate=np.array(fps),
        dmpls=np.zeros((num_frames, 8)),
    )
    return path


def posed_by_smplx(recording: Path, model: Path, num_betas: int) -> np.ndarray:
    """The 22 joints ``[T 22 3]`` as the real smplx poses them, in AMASS's own axes."""
    import smplx
    import torch
    from smplx.vertex_ids import vertex_ids

    with np.load(recording) as file:
        arrays = {key: torch.tensor(file[key]).float() for key in ("poses", "trans", "betas")}
    count = len(arrays["poses"])
    body = smplx.SMPLH(
        str(model),
        ext="npz",
        num_betas=num_betas,
        use_pca=False,
        flat_hand_mean=True,
        batch_size=count,
        vertex_ids=dict.fromkeys(vertex_ids["smplh"], 0),
    )
    poses = arrays["poses"]
    with torch.no_grad():
        posed = body(
            betas=arrays["betas"][None, :num_betas].repeat(count, 1),
            global_orient=poses[:, :3],
            body_pose=poses[:, 3:66],
            left_hand_pose=poses[:, 66:111],
            right_hand_pose=poses[:, 111:],
            transl=arrays["trans"],
        )
    return posed.joints[:, :22].double().numpy()

// The mannequin: one smooth skin on bones that are set from places.

import {Bone, Matrix4, MeshStandardMaterial, Skeleton, SkinnedMesh, Vector3} from "../vendor/three.js";
import {Frames} from "./frames.js";
import {NAMES, restOf} from "./rest.js";
import {loadSkin} from "./skin.js";

const STRETCHED = {  // joint -> the end of its bone: thicker or thinner is nobody, longer is
  left_hip: "left_knee", left_knee: "left_ankle", right_hip: "right_knee", right_knee: "right_ankle",
  left_shoulder: "left_elbow", left_elbow: "left_wrist", right_shoulder: "right_elbow",
  right_elbow: "right_wrist", neck: "head", spine1: "spine2", spine2: "spine3", spine3: "neck",
};

let skin = null;  // the one geometry of all mannequins

// Get the skin, before the first mannequin is made.
export async function prepare() {
  skin ??= await loadSkin();
}

export class Mannequin {
  // names: of the motion's joints, SMPL's 22 in any order; look: options of the material, such as an opacity.
  constructor(names, look = {}) {
    this.frames = new Frames(names, restOf);
    const bones = NAMES.map(() => {
      const bone = new Bone();
      bone.matrixAutoUpdate = false;
      return bone;
    });
    const inverses = NAMES.map(name => new Matrix4().makeTranslation(...restOf(name).map(v => -v)));

    this.material = new MeshStandardMaterial({vertexColors: true, roughness: 0.58, metalness: 0.02, ...look});
    this.object = new SkinnedMesh(skin, this.material);
    for (const bone of bones) this.object.add(bone);
    this.object.bind(new Skeleton(bones, inverses), new Matrix4());
    this.object.frustumCulled = false;
    this.object.boundingSphere = skin.boundingSphere;  // else every point is moved to find one
    this.object.castShadow = !look.transparent;
    this.bones = bones;
  }

  static wears(names) {
    return new Frames(names, name => restOf(name)).isComplete;
  }

  // Take up a pose [J 3].
  pose(places) {
    const {frames} = this;
    frames.read(places);
    for (const [joint, name] of NAMES.entries()) {
      const turn = frames.turns.get(name), place = frames.places.get(name), end = STRETCHED[name];
      SIZE.set(1, 1, 1);
      this.bones[joint].matrix.compose(place, turn, SIZE);
      if (end) this.stretch(this.bones[joint].matrix, name, end);
    }
  }

  // Lengthen a bone along itself to the length that the motion's body has.
  stretch(matrix, name, end) {
    const rest = AWAY.subVectors(this.frames.rest.get(end), this.frames.rest.get(name));
    const length = rest.length();
    const share = this.frames.places.get(end).distanceTo(this.frames.places.get(name)) / length - 1;
    if (Math.abs(share) < 0.004) return;
    const [x, y, z] = rest.divideScalar(length).toArray(), s = Math.max(-0.5, Math.min(1, share));
    matrix.multiply(ALONG.set(
      1 + s * x * x, s * x * y, s * x * z, 0, s * x * y, 1 + s * y * y, s * y * z, 0,
      s * x * z, s * y * z, 1 + s * z * z, 0, 0, 0, 0, 1));
  }

  dispose() {
    this.object.removeFromParent();
    this.object.skeleton.dispose();
    this.material.dispose();
  }
}

const SIZE = new Vector3(), AWAY = new Vector3(), ALONG = new Matrix4();

// The mannequin: one smooth skin, made when the page opens, on bones that are set from places.

import {
  Bone, BufferAttribute, BufferGeometry, Color, Matrix4, MeshStandardMaterial, Skeleton,
  SkinnedMesh, Sphere, Vector3,
} from "../vendor/three.js";
import {COLOURS, sideOf} from "../core/skeleton.js";
import {Frames} from "./frames.js";
import {surfaceNet} from "./nets.js";
import {cones, distance, near, restOf, weightsAt} from "./shape.js";

const CELL = 0.018;  // metres between the points of the net
const CLAY = new Color("#f0eeea");
const STRETCHED = {  // joint -> the end of its bone: thicker or thinner is nobody, longer is
  left_hip: "left_knee", left_knee: "left_ankle", right_hip: "right_knee", right_knee: "right_ankle",
  left_shoulder: "left_elbow", left_elbow: "left_wrist", right_shoulder: "right_elbow",
  right_elbow: "right_wrist", neck: "head", spine1: "spine2", spine2: "spine3", spine3: "neck",
};

let shared = null;  // the one geometry of all mannequins

export class Mannequin {
  // names: of SMPL's 22 joints; look: options of the material, such as an opacity.
  constructor(names, look = {}) {
    this.names = names;
    this.frames = new Frames(names, restOf);
    const bones = names.map(() => {
      const bone = new Bone();
      bone.matrixAutoUpdate = false;
      return bone;
    });
    const inverses = names.map(name => new Matrix4().makeTranslation(...restOf(name).map(v => -v)));

    this.material = new MeshStandardMaterial({vertexColors: true, roughness: 0.58, metalness: 0.02, ...look});
    shared ??= buildGeometry(names);
    this.object = new SkinnedMesh(shared, this.material);
    for (const bone of bones) this.object.add(bone);
    this.object.bind(new Skeleton(bones, inverses), new Matrix4());
    this.object.frustumCulled = false;
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
    for (const [joint, name] of this.names.entries()) {
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

function buildGeometry(names) {
  const all = cones();
  const net = surfaceNet({distance, near, parts: all}, [-0.72, -0.03, -0.18], [0.72, 1.82, 0.22], CELL);
  const count = net.positions.length / 3;
  const indices = new Uint16Array(4 * count), weights = new Float32Array(4 * count), colours = new Float32Array(3 * count);
  const colour = new Color(), accents = {left: new Color(COLOURS.left), right: new Color(COLOURS.right)};

  for (let v = 0; v < count; v++) {
    const strongest = weightsAt(all, ...net.positions.subarray(3 * v, 3 * v + 3));
    const side = sideOf(strongest[0][0]);
    let accent = 0;
    for (const [k, [joint, weight]] of strongest.entries()) {
      indices[4 * v + k] = names.indexOf(joint);
      weights[4 * v + k] = weight;
      if (/wrist|ankle|foot/.test(joint)) accent += weight;
    }
    colour.copy(CLAY);
    if (side !== "trunk") colour.lerp(accents[side], 0.82 * smooth(accent, 0.5, 0.6));
    colour.toArray(colours, 3 * v);
  }

  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(net.positions, 3));
  geometry.setAttribute("normal", new BufferAttribute(net.normals, 3));
  geometry.setAttribute("color", new BufferAttribute(colours, 3));
  geometry.setAttribute("skinIndex", new BufferAttribute(indices, 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(weights, 4));
  geometry.setIndex(new BufferAttribute(net.index, 1));
  geometry.boundingSphere = new Sphere(new Vector3(), Infinity);
  return geometry;
}

function smooth(value, low, high) {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return share * share * (3 - 2 * share);
}

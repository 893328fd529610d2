// How each joint is turned in the world, from places alone: bones are aimed where they point, trunk
// and head are turned with the hips and shoulders, limbs without a roll of their own.

import {Matrix4, Quaternion, Vector3} from "../vendor/three.js";

// Joint -> the joint that its bone points to, in an order in which parents come first.
const AIMS = [
  ["neck", "head"], ["left_collar", "left_shoulder"], ["right_collar", "right_shoulder"],
  ["left_shoulder", "left_elbow"], ["right_shoulder", "right_elbow"],
  ["left_elbow", "left_wrist"], ["right_elbow", "right_wrist"],
  ["left_hip", "left_knee"], ["right_hip", "right_knee"],
  ["left_knee", "left_ankle"], ["right_knee", "right_ankle"],
  ["left_ankle", "left_foot"], ["right_ankle", "right_foot"],
];
const CARRIERS = {  // whose turn a joint takes before its bone is aimed
  neck: "spine3", head: "neck", left_collar: "spine3", right_collar: "spine3",
  left_shoulder: "spine3", right_shoulder: "spine3", left_elbow: "left_shoulder",
  right_elbow: "right_shoulder", left_wrist: "left_elbow", right_wrist: "right_elbow",
  left_hip: "pelvis", right_hip: "pelvis", left_knee: "left_hip", right_knee: "right_hip",
  left_ankle: "left_knee", right_ankle: "right_knee", left_foot: "left_ankle", right_foot: "right_ankle",
};

export class Frames {
  // names: of the joints; rest: name -> [x y z] in the pose in which every turn is none.
  constructor(names, rest) {
    this.names = names;
    this.at = new Map(names.map((name, joint) => [name, joint]));
    this.rest = new Map(names.map(name => [name, new Vector3(...rest(name))]));
    this.turns = new Map(names.map(name => [name, new Quaternion()]));
    this.places = new Map(names.map(name => [name, new Vector3()]));
    this.isComplete = AIMS.every(pair => pair.every(name => this.at.has(name)));
    this.inverse = new Map([["pelvis", "hip", "spine1"], ["spine3", "shoulder", "neck"]].map(
      ([name, pair, up]) => [name, trunkTurn(this.rest, name, pair, up).invert()]));
  }

  // Read a pose [J 3] (Float32Array); afterwards turns and places hold it.
  read(pose) {
    for (const [name, joint] of this.at) this.places.get(name).fromArray(pose, 3 * joint);
    const {places, turns, rest} = this;

    for (const [name, pair, up] of [["pelvis", "hip", "spine1"], ["spine3", "shoulder", "neck"]]) {
      turns.get(name).copy(trunkTurn(places, name, pair, up)).multiply(this.inverse.get(name));
    }
    for (const [name, next, share] of [["spine1", "spine2", 0.35], ["spine2", "spine3", 0.7]]) {
      const turn = turns.get(name).slerpQuaternions(turns.get("pelvis"), turns.get("spine3"), share);
      aim(turn, rest.get(name), rest.get(next), places.get(name), places.get(next));
    }
    for (const [name, next] of AIMS) {
      const turn = turns.get(name).copy(turns.get(CARRIERS[name]));
      aim(turn, rest.get(name), rest.get(next), places.get(name), places.get(next));
    }
    for (const name of ["head", "left_wrist", "right_wrist", "left_foot", "right_foot"]) {
      turns.get(name).copy(turns.get(CARRIERS[name]));
    }
    turns.get("neck").slerp(turns.get("spine3"), 0.35);
  }
}

const A = new Vector3(), B = new Vector3(), C = new Vector3(), SWING = new Quaternion(), BASIS = new Matrix4();

// Turn further, the shortest way, so that the bone at rest comes to point as the bone now does.
function aim(turn, restFrom, restTo, from, to) {
  A.subVectors(restTo, restFrom).applyQuaternion(turn).normalize();
  B.subVectors(to, from);
  if (B.lengthSq() < 1e-10) return;
  turn.premultiply(SWING.setFromUnitVectors(A, B.normalize()));
}

// The turn of hips or chest: x from right to left, y upwards as far as it can.
function trunkTurn(places, name, pair, up) {
  const x = A.subVectors(places.get(`left_${pair}`), places.get(`right_${pair}`)).normalize();
  const y = B.subVectors(places.get(up), places.get(name));
  y.addScaledVector(x, -y.dot(x)).normalize();
  const z = C.crossVectors(x, y);
  return new Quaternion().setFromRotationMatrix(BASIS.makeBasis(x, y, z));
}

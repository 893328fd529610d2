// A character of the user's own (GLB or VRM) that wears the motion: each bone is turned from its
// rest pose as ours is turned, limbs are aimed in the world, the hips are scaled to its legs.

import {Group, Quaternion, Vector3} from "../vendor/three.js";
import {HUMANOID, matchBones, ours} from "./bones.js";
import {Frames} from "./frames.js";
import {restOf} from "./rest.js";

const NEEDED = ["pelvis", "head", ...["left", "right"].flatMap(side => ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"].map(part => ours(side, part)))];
const LONG = 0.5, SLOWEST = 0.05, FAR = 0.5;  // seconds, seconds, metres between two pictures
const BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=";  // a white point
const LIMBS = [["shoulder", "elbow"], ["elbow", "wrist"], ["hip", "knee"], ["knee", "ankle"]];

// Read a GLB or VRM; names: of our joints. Throws an Error of one line.
export async function loadCharacter(file, names) {
  const {GLTFLoader, VRMLoaderPlugin, VRMUtils} = await import("../vendor/characters.js");
  const loader = new GLTFLoader();
  loader.register(parser => new VRMLoaderPlugin(parser));
  const missingFiles = new Set();
  // nobody else is asked for what is not in the file
  loader.manager.setURLModifier(url => {
    if (/^(blob|data):/.test(url)) return url;
    missingFiles.add(url.split(/[/\\]/).at(-1));
    return BLANK;
  });
  let model;
  try {
    model = await loader.parseAsync(await file.arrayBuffer(), "");
  } catch (error) {
    throw new Error(`${file.name} cannot be read as a character: ${reasonOf(error)}`);
  }

  const {vrm} = model.userData;
  if (vrm) {
    VRMUtils.rotateVRM0(vrm);
    vrm.humanoid.autoUpdateHumanBones = false;
    for (const {meshes, type} of vrm.firstPerson?.meshAnnotations ?? []) {
      if (type === "firstPersonOnly") for (const mesh of meshes) mesh.visible = false;  // for the wearer's own eyes
    }
  }
  const bones = vrm ? humanBones(vrm, names) : matchBones(bonesOf(model.scene));
  const missing = NEEDED.filter(name => !bones.get(name));
  if (missing.length) throw new Error(`${file.name} has no bone that is known as ${missing.slice(0, 4).join(", ")}; its bones need usual names (Mixamo, VRM, SMPL, Unreal, Blender).`);
  let hasBody = false;
  model.scene.traverse(node => { hasBody ||= node.isMesh; });
  if (!hasBody) throw new Error(`${file.name} has bones, but no body to see.`);
  return new Character(model.scene, bones, names, {vrm, file, title: titleOf(vrm?.meta) ?? file.name, lacks: [...missingFiles].sort()});
}

// What is wrong with a file, in one line.
function reasonOf(error) {
  const words = String(error.message ?? error), packed = ["Draco", "meshopt", "KTX2"].find(name => new RegExp(name, "i").test(words));
  return packed ? `it is packed by ${packed}, which is not read here; save it without` : words.slice(0, 160);
}

// The name that a VRM has; some programs write none as a word.
function titleOf(meta) {
  const title = String(meta?.name ?? meta?.title ?? "").trim();
  return ["", "undefined", "null"].includes(title) ? null : title;
}

function humanBones(vrm, names) {
  return new Map(names.map(name => {
    const [side, part] = /^(left|right)_/.test(name) ? name.split("_") : ["", name];
    return [name, vrm.humanoid.getRawBoneNode(side + HUMANOID[part])];
  }));
}

// All bones, parents before their children; of a model without skins all nodes.
function bonesOf(scene) {
  const bones = [], nodes = [];
  scene.traverse(node => {
    nodes.push(node);
    if (node.isBone) bones.push(node);
  });
  return bones.length ? bones : nodes;
}

export class Character {
  // file: its own; lacks: names of files that it needs and that are not in it.
  constructor(model, bones, names, {vrm = null, file = null, title = "", lacks = []} = {}) {
    Object.assign(this, {model, names, vrm, file, title, lacks});
    this.object = new Group();
    this.object.add(model);
    model.traverse(node => {
      if (node.isMesh) Object.assign(node, {castShadow: true, frustumCulled: false});
    });
    this.bones = names.filter(name => bones.get(name)).map(name => ({name, bone: bones.get(name)}));
    this.find = name => bones.get(name);
    this.stand();
  }

  // Face +Z, stand on the floor, and remember the rest pose.
  stand() {
    const {model, object, find} = this;
    object.updateMatrixWorld(true);
    const at = name => find(name).getWorldPosition(new Vector3());
    const left = at("left_hip").sub(at("right_hip")).add(at("left_shoulder").sub(at("right_shoulder")));
    model.rotation.y += Math.atan2(left.z, left.x);
    object.updateMatrixWorld(true);

    const legs = ["left", "right"].map(side => LIMBS.slice(2).reduce((sum, [from, to]) => sum + at(ours(side, from)).distanceTo(at(ours(side, to))), 0));
    this.leg = (legs[0] + legs[1]) / 2;
    if (this.leg < 0.25 || this.leg > 2) {  // centimetres, or a toy
      model.scale.multiplyScalar(0.82 / this.leg);
      this.leg = 0.82;
      object.updateMatrixWorld(true);
    }

    this.hips = at("pelvis");
    this.ankle = Math.min(at("left_ankle").y, at("right_ankle").y);
    for (const one of this.bones) one.rest = one.bone.getWorldQuaternion(new Quaternion());
    this.frames = new Frames(this.names, this.restPlaces(at));
    this.bones.sort((a, b) => depth(a.bone) - depth(b.bone));
  }

  // Our own rest for the trunk and the feet, the character's directions for arms and legs.
  restPlaces(at) {
    const places = new Map(this.names.map(name => [name, new Vector3(...restOf(name))]));
    for (const side of ["left", "right"]) {
      for (const [from, to] of LIMBS) {
        const way = at(ours(side, to)).sub(at(ours(side, from)));
        places.get(ours(side, to)).copy(places.get(ours(side, from))).add(way);
      }
      const foot = new Vector3(...restOf(ours(side, "foot"))).sub(new Vector3(...restOf(ours(side, "ankle"))));
      places.get(ours(side, "foot")).copy(places.get(ours(side, "ankle"))).add(foot);
    }
    return name => places.get(name).toArray();
  }

  // Take up a pose [J 3] of our joints.
  pose(places) {
    const {frames, find, object} = this;
    frames.read(places);
    object.parent?.updateMatrixWorld(true);
    object.getWorldQuaternion(WHOLE);
    for (const {name, bone, rest} of this.bones) {
      bone.parent.updateWorldMatrix(true, false);
      const wished = TURN.copy(WHOLE).multiply(frames.turns.get(name)).multiply(rest);
      bone.quaternion.copy(bone.parent.getWorldQuaternion(ABOVE).invert().multiply(wished));
      bone.updateMatrix();
    }

    const at = name => frames.places.get(name), size = this.leg / legOf(at);
    const hips = find("pelvis"), goal = PLACE.set(at("pelvis").x * size, this.hips.y, at("pelvis").z * size);
    this.put(hips, goal);
    // the lower foot as high over the floor as the motion's, in the character's measure
    const ankles = ["left_ankle", "right_ankle"], rest = restOf("left_ankle")[1];
    const lowest = Math.min(...ankles.map(name => find(name).getWorldPosition(FOOT).y));
    const lift = size * (Math.min(...ankles.map(name => at(name).y)) - rest);
    goal.y += this.ankle + lift - lowest;
    this.put(hips, goal);
    this.object.position.set(at("pelvis").x * (1 - size), 0, at("pelvis").z * (1 - size));
    this.swing();
  }

  // Let hair and clothes follow in the time that has passed; where the body is suddenly elsewhere
  // they hang as at rest.
  swing() {
    if (!this.vrm) return;
    const now = performance.now(), passed = (now - (this.lastSwing ?? now)) / 1000, place = this.find("pelvis").getWorldPosition(FOOT);
    const isElsewhere = passed > LONG || (this.lastPlace && place.distanceTo(this.lastPlace) > FAR);
    this.lastPlace = (this.lastPlace ?? new Vector3()).copy(place);
    this.lastSwing = now;
    if (isElsewhere) this.vrm.springBoneManager?.reset();
    this.vrm.update(Math.min(passed, SLOWEST));
  }

  // Move a bone to a place in the world (of the group).
  put(bone, goal) {
    bone.parent.updateWorldMatrix(true, false);
    bone.position.copy(bone.parent.worldToLocal(FOOT.copy(goal).applyMatrix4(this.object.matrixWorld)));
    bone.updateWorldMatrix(false, true);
  }

  dispose() {
    this.object.removeFromParent();
  }
}

function legOf(at) {
  return at("left_hip").distanceTo(at("left_knee")) + at("left_knee").distanceTo(at("left_ankle"));
}

function depth(bone) {
  return bone.parent ? 1 + depth(bone.parent) : 0;
}

const WHOLE = new Quaternion(), TURN = new Quaternion(), ABOVE = new Quaternion(), PLACE = new Vector3(), FOOT = new Vector3();

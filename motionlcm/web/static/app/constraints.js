// What is fixed of a motion, as the page keeps it and as the server is told it.
// Kept: {kind: "path", points: [[x, z]]}, {kind: "pin", joint, frame, position: [x, y, z]}; both
//       may have a tolerance of their own, a path frames (null: as the gait goes) and headings, a
//       pin axes, where a file says so; a pin with until holds from its frame to that one;
//       {kind: "pose", frame, places: [J][x, y, z], name}, if wished with placed: false, where only
//       the pose about the root is meant;
//       {kind: "given", isEnd, poses: [K][J][x, y, z], name}: the first or last frames, whole;
//       {kind: "part", part, poses, name}: a part of the body moves as in these frames;
// metres, frames of the whole motion.

import {FPS} from "../core/motion.js";
import {lengths, pathFrames} from "./path.js";

const LONGEST = 1200;  // frames of the longest timeline, whatever a session's file says
export const KINDS = ["path", "pin", "pose", "given", "part"];

// The list of the body's "constraints", with the names that constraint files have; frames: of the
// motion, or null where its length is open. Over several prompts a path is gone as these go: who
// waves or sits stays where he is.
export function toRequest({constraints, tolerance, blocks}, frames) {
  const clamp = frame => frames ? Math.min(Math.max(0, frame), frames - 1) : frame;
  return constraints.map(one => {
    const within = Math.max(tolerance / 100, one.tolerance ?? 0);  // the slider is in centimetres
    if (one.kind === "path") {
      const when = "frames" in one ? one.frames : blocks.length > 1 ? null : frames && pathFrames(one.points, frames);
      return {type: "root_path", points: one.points, frames: when, headings: one.headings, tolerance: within};
    }
    if (one.kind === "pose") {
      const {places: positions, placed = true} = one;
      return {type: "pose_keyframe", frame: clamp(one.frame), positions, placed, tolerance: within};
    }
    if (one.kind === "given") return {type: one.isEnd ? "keep_end" : "keep_start", positions: one.poses};
    if (one.kind === "part") return {type: "keep_part", part: one.part, positions: one.poses};
    const first = clamp(one.frame), length = Math.min(LONGEST, clamp(endOf(one)) - first + 1);
    const held = Array.from({length}, (_, k) => first + k), positions = held.map(() => one.position);
    return {type: "effector_target", joint: one.joint, frames: held, positions, axes: one.axes ?? "xyz", tolerance: within};
  });
}

// The last frame that a pin or a pose is for.
export function endOf(one) {
  return Math.max(one.frame, one.until ?? 0);
}

// A pin or a pose at another time, as long as before, no farther than the last frame.
export function movedTo(one, frame, last = Infinity) {
  const long = endOf(one) - one.frame, first = Math.min(Math.max(0, frame), Math.max(0, last - long));
  return lasting({...one, frame: first}, first + long);
}

// A pin that holds until a frame; of one frame alone it has no end.
export function lasting({until, ...one}, end) {
  return end > one.frame ? {...one, until: end} : one;
}

// What a file fixes, as the server tells it, in the page's words. Throws an Error of one line.
export function fromFile(entries, name) {
  const paths = entries.filter(({type}) => type === "root_path").length;
  if (paths > 1) throw new Error(`${name} holds ${paths} paths, the page takes one; join them into one with frames.`);
  return joined(entries.map(({type, positions, ...one}) => {
    const count = positions?.length;
    if (type === "pose_keyframe") return {...one, kind: "pose", places: positions, name: `Pose of ${name}`};
    if (type === "keep_start") return {kind: "given", isEnd: false, poses: positions, name: `First ${count} frames of ${name}`};
    if (type === "keep_end") return {kind: "given", isEnd: true, poses: positions, name: `Last ${count} frames of ${name}`};
    if (type === "keep_part") return {...one, kind: "part", poses: positions, name: `${capital(one.part)} of ${name}`};
    return {kind: type === "root_path" ? "path" : "pin", ...one};
  }));
}

// Pins of one joint in the same place, frame after frame, as one that holds.
function joined(constraints) {
  const found = [];
  for (const one of constraints) {
    const before = found.at(-1), what = ({frame, until, ...rest}) => JSON.stringify(rest);
    if (one.kind === "pin" && before && one.frame === endOf(before) + 1 && what(one) === what(before)) found[found.length - 1] = lasting(before, one.frame);
    else found.push(one);
  }
  return found;
}

// Whether a constraint takes the place of another one.
export function isSame(one, other) {
  if (one.kind !== other.kind) return false;
  if (one.kind === "pin") return one.joint === other.joint && isNear(one, other);
  if (one.kind === "pose") return isNear(one, other);
  if (one.kind === "given") return one.isEnd === other.isEnd;
  return one.kind === "path" || one.part === other.part;
}

function isNear(one, other) {
  return one.frame - endOf(other) < 3 && other.frame - endOf(one) < 3;
}

// The last frame that constraints name, and how many frames they give whole; -1 and 0 for none.
export function framesOf(constraints) {
  const given = constraints.reduce((sum, one) => sum + (one.kind === "given" ? one.poses.length : 0), 0);
  return {last: Math.max(-1, ...constraints.flatMap(one => one.frames ?? ("frame" in one ? endOf(one) : []))), given};
}

export function round(value) {
  return Math.round(1000 * value) / 1000;
}

// The pose of a motion [J][x, y, z] at a moment, told in constraints' frames.
export function poseOf(motion, frame) {
  return motion.parents.map((_, joint) => motion.joint(joint, frame * motion.fps / FPS).map(round));
}

// How many of constraints' frames a motion has.
export function countOf(motion) {
  return Math.floor((motion.frames - 1) * FPS / motion.fps) + 1;
}

// When a pin or a pose is, for people.
export function timeOf(one) {
  return endOf(one) > one.frame ? `frames ${one.frame} to ${endOf(one)}` : `frame ${one.frame}`;
}

// A constraint's name for people.
export function nameOf(one) {
  if (one.kind === "path") return `Path, ${lengths(one.points).at(-1).toFixed(1)} m`;
  if (one.kind !== "pin") return one.name ?? "Key pose";
  return one.joint.replace("_", " ");
}

function capital(words) {
  return words[0].toUpperCase() + words.slice(1).replace("_", " ");
}

// The mannequin's skin as the page reads it (motionlcm/web/static/stage/skin.js): two counts, then
// positions, normals, what moves each point and how much, its colour, and the triangles.

import {restOf} from "../../motionlcm/web/static/stage/rest.js";
import {LENGTH, UNIT, parts} from "../../motionlcm/web/static/stage/skin.js";
import {surfaceNet} from "./nets.js";
import {cones, distance, near, weightsAt} from "./shape.js";
import {asUnits, normalsOf, smoothed} from "./smooth.js";

const CELL = 0.02;  // metres between the points of the net
const ROUNDS = 120, NORMAL_ROUNDS = 8;  // of smoothing; hands, feet and faces, which are small, take little part in it
const CORNERS = [[-0.72, -0.03, -0.18], [0.72, 1.82, 0.22]];  // of a box about the body at rest

// names: of SMPL's 22 joints, in their order. Returns the file's bytes (Uint8Array).
export function buildSkin(names) {
  for (const name of names) restOf(name);  // each is known
  const all = cones(), net = smooth(all, surfaceNet({distance, near, parts: all}, ...CORNERS, CELL));
  const points = net.positions.length / 3, triangles = net.index.length / 3;
  if (points > 0xffff) throw new Error(`${points} points are too many for a file with numbers of 16 bits`);

  const bytes = new Uint8Array(LENGTH(points, triangles)), skin = parts(bytes.buffer, points, triangles);
  new Uint32Array(bytes.buffer, 0, 2).set([points, triangles]);
  skin.positions.set(net.positions.map(value => Math.round(value / UNIT)));
  skin.normals.set(net.normals.map(value => Math.round(32767 * value)));
  skin.index.set(net.index);
  for (let v = 0; v < points; v++) {
    const strongest = weightsAt(all, ...net.positions.subarray(3 * v, 3 * v + 3));
    skin.joints.set(strongest.map(([joint]) => names.indexOf(joint)), 4 * v);
    skin.weights.set(inBytes(strongest.map(([, weight]) => weight)), 4 * v);
    skin.accents[v] = Math.round(255 * step(share(/wrist|ankle|foot/, strongest), 0.42, 0.68));
  }
  return bytes;
}

// The net without the waves where cones meet.
function smooth(all, {positions, normals, index}) {
  const shares = Array.from({length: positions.length / 3}, (_, v) => {
    const strongest = weightsAt(all, ...positions.subarray(3 * v, 3 * v + 3));
    return (1 - 0.92 * step(share(/wrist|ankle|foot/, strongest), 0.2, 0.7)) * (1 - 0.65 * share(/head/, strongest));
  });
  const places = smoothed(positions, index, ROUNDS, v => shares[v]), flat = normalsOf(places, index, NORMAL_ROUNDS);
  const mixed = normals.map((value, k) => value + shares[Math.floor(k / 3)] * (flat[k] - value));
  return {positions: places, normals: asUnits(mixed), index};
}

// How much of a point is moved by joints of some names.
function share(names, strongest) {
  return strongest.reduce((sum, [joint, weight]) => sum + (names.test(joint) ? weight : 0), 0);
}

// Shares of one as bytes whose sum is 255.
function inBytes(shares) {
  const whole = shares.map(share => Math.round(255 * share));
  whole[0] += 255 - whole.reduce((sum, value) => sum + value, 0);
  return whole;
}

// From 0 at low to 1 at high, smoothly.
function step(value, low, high) {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return share * share * (3 - 2 * share);
}

// The mannequin's skin as the page reads it (motionlcm/web/static/stage/skin.js): two counts, then
// positions, normals, what moves each point and how much, its colour, and the triangles.

import {restOf} from "../../motionlcm/web/static/stage/rest.js";
import {LENGTH, UNIT, parts} from "../../motionlcm/web/static/stage/skin.js";
import {surfaceNet} from "./nets.js";
import {cones, distance, near, weightsAt} from "./shape.js";

const CELL = 0.02;  // metres between the points of the net
const CORNERS = [[-0.72, -0.03, -0.18], [0.72, 1.82, 0.22]];  // of a box about the body at rest

// names: of SMPL's 22 joints, in their order. Returns the file's bytes (Uint8Array).
export function buildSkin(names) {
  for (const name of names) restOf(name);  // each is known
  const all = cones(), net = surfaceNet({distance, near, parts: all}, ...CORNERS, CELL);
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
    const accent = strongest.reduce((sum, [joint, weight]) => sum + (/wrist|ankle|foot/.test(joint) ? weight : 0), 0);
    skin.accents[v] = Math.round(255 * smooth(accent, 0.5, 0.6));
  }
  return bytes;
}

// Shares of one as bytes whose sum is 255.
function inBytes(shares) {
  const whole = shares.map(share => Math.round(255 * share));
  whole[0] += 255 - whole.reduce((sum, value) => sum + value, 0);
  return whole;
}

function smooth(value, low, high) {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return share * share * (3 - 2 * share);
}

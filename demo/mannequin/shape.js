// The mannequin's shape: rounded cones around the 22 joints at rest, melted into one surface.
// Each cone belongs to the joint that moves it.

import {REST} from "../../motionlcm/web/static/stage/rest.js";

const MELT = 0.0125;  // metres within which cones flow together
const SPREAD = 0.016;  // metres over which a joint's pull on the skin fades

// [joint, from, to, radius there, radius here, flatness]: places seen from the named joint's REST,
// x outwards; flatness divides the depth (z). Those of joints with a side are there twice.
const CONES = [
  ["pelvis", [0.05, -0.03, -0.004], [0.042, 0.09, 0], 0.108, 0.094, 0.92],
  ["spine1", [0.042, -0.03, 0.01], [0.044, 0.12, 0.008], 0.093, 0.092, 0.88],
  ["spine2", [0.045, -0.02, 0.002], [0.06, 0.07, 0.002], 0.093, 0.099, 0.88],
  ["spine3", [0.06, 0, 0], [0.076, 0.08, -0.002], 0.099, 0.1, 0.9],
  ["spine3", [0.074, 0.115, -0.014], [0.05, 0.13, -0.014], 0.086, 0.08, 0.84],
  ["neck", [0, -0.035, 0], [0, 0.085, 0.01], 0.064, 0.056, 1],
  ["head", [0, 0.09, -0.004], [0, 0.06, 0.02], 0.09, 0.078, 1.1],
  ["head", [0, 0.04, 0.034], [0, -0.018, 0.062], 0.07, 0.034, 1.0],
  ["head", [0, 0.03, 0.112], [0, 0.062, 0.104], 0.016, 0.01, 1],
  ["pelvis", [0.072, -0.055, -0.046], [0.076, -0.03, -0.044], 0.082, 0.08, 1],
  ["spine3", [0.056, 0.062, 0.036], [0.078, 0.084, 0.03], 0.066, 0.064, 0.9],
  ["collar", [-0.052, 0.072, -0.02], [0.088, 0.032, -0.014], 0.036, 0.05, 1],
  ["shoulder", [-0.004, 0, 0], [0.02, -0.022, 0], 0.064, 0.06, 1],
  ["shoulder", [0.012, -0.014, 0], [0.168, -0.178, -0.008], 0.056, 0.042, 1],
  ["shoulder", [0.07, -0.074, 0.012], [0.1, -0.106, 0.01], 0.045, 0.043, 1],
  ["elbow", [0, 0, 0], [0.006, -0.006, 0.001], 0.041, 0.041, 1],
  ["elbow", [0.04, -0.04, 0.004], [0.184, -0.181, 0.027], 0.0445, 0.029, 1],
  ["wrist", [0, 0, 0], [0.058, -0.062, 0.012], 0.029, 0.037, 0.72],
  ["wrist", [0.058, -0.062, 0.012], [0.104, -0.124, 0.026], 0.036, 0.021, 0.66],
  ["wrist", [0.02, -0.012, 0.02], [0.052, -0.058, 0.062], 0.021, 0.0145, 1],
  ["hip", [0.008, -0.01, 0], [0.049, -0.375, 0.01], 0.092, 0.057, 1.02],
  ["hip", [0.024, -0.14, 0.016], [0.032, -0.24, 0.02], 0.08, 0.072, 1],
  ["knee", [0, 0.012, 0.008], [0.001, -0.02, 0.008], 0.056, 0.053, 1],
  ["knee", [0.009, -0.085, -0.02], [0.015, -0.16, -0.026], 0.056, 0.053, 1],
  ["knee", [0.003, -0.03, 0.002], [0.04, -0.405, -0.027], 0.053, 0.036, 1],
  ["ankle", [0, 0, 0], [0.001, -0.024, -0.028], 0.038, 0.037, 1],
  ["ankle", [0.001, -0.012, 0.005], [0.012, -0.036, 0.125], 0.041, 0.029, 1],
  ["ankle", [-0.012, -0.04, 0.1], [0.026, -0.04, 0.096], 0.026, 0.024, 1],
  ["foot", [-0.01, 0.006, 0.02], [-0.008, 0.003, 0.062], 0.025, 0.02, 1],
  ["foot", [0.012, 0.005, 0.014], [0.01, 0.002, 0.05], 0.024, 0.018, 1],
];

// All cones with their places in the world: {joint, ax, ay, ..., radii, flatness}.
export function cones() {
  const all = [];
  for (const [part, from, to, first, second, flat] of CONES) {
    const hasSide = REST[part][0] > 0, isPaired = hasSide || (from[0] > 0 && to[0] > 0);
    for (const sign of isPaired ? [1, -1] : [1]) {
      const name = hasSide ? `${sign > 0 ? "left" : "right"}_${part}` : part;
      const [x, y, z] = REST[part];
      all.push(cone(name, [sign * (x + from[0]), y + from[1], z + from[2]],
        [sign * (x + to[0]), y + to[1], z + to[2]], first, second, flat));
    }
  }
  return all;
}

function cone(joint, a, b, first, second, flat) {
  const away = [b[0] - a[0], b[1] - a[1], (b[2] - a[2]) / flat];
  const length = Math.hypot(...away), lean = (first - second) / Math.max(length, 1e-9);
  const side = /^left/.test(joint) ? 1 : /^right/.test(joint) ? -1 : 0;
  return {joint, side, a, away, length, lean, first, second, flat};
}

// Distance in metres from a cone's surface, less than nothing inside: two balls, and between them the
// cone that touches both, without an edge. Where one ball holds the other it is that ball.
export function coneDistance(c, x, y, z) {
  const dx = x - c.a[0], dy = y - c.a[1], dz = (z - c.a[2]) / c.flat;
  const whole = dx * dx + dy * dy + dz * dz;
  if (c.lean >= 1) return Math.sqrt(whole) - c.first;
  const along = c.length > 1e-9 ? (dx * c.away[0] + dy * c.away[1] + dz * c.away[2]) / c.length : 0;
  const beside = Math.sqrt(Math.max(0, whole - along * along));
  if (c.lean <= -1) return Math.hypot(beside, along - c.length) - c.second;
  const upright = Math.sqrt(1 - c.lean * c.lean), end = along * upright - beside * c.lean;
  if (end < 0) return Math.sqrt(whole) - c.first;
  if (end > upright * c.length) return Math.hypot(beside, along - c.length) - c.second;
  return beside * upright + along * c.lean - c.first;
}

// The melted distance from the nearest of some cones. Left and right flow into the trunk, not into
// each other.
export function distance(some, x, y, z) {
  const all = DISTANCES;
  let nearest = 1e9, left = 1e9, right = 1e9;
  for (let i = 0; i < some.length; i++) {
    const here = all[i] = coneDistance(some[i], x, y, z), {side} = some[i];
    if (here < nearest) nearest = here;
    if (side > 0 && here < left) left = here;
    if (side < 0 && here < right) right = here;
  }
  const weaker = left < right ? -1 : 1;
  let sum = 0;
  for (let i = 0; i < some.length; i++) {
    if (some[i].side !== weaker && all[i] < nearest + 0.1) sum += Math.exp((nearest - all[i]) / MELT);
  }
  return nearest - MELT * Math.log(sum);
}

const DISTANCES = new Float64Array(64);

// The cones that matter within a reach of a place: all others are too far to be felt there.
export function near(some, reach, x, y, z) {
  const away = some.map(c => coneDistance(c, x, y, z)), limit = Math.min(...away) + 2 * reach + 0.05;
  return some.filter((_, i) => away[i] <= limit);
}

// How much each joint moves the skin at a place: the four strongest as [[joint, weight], ...].
export function weightsAt(some, x, y, z) {
  const pull = new Map();
  for (const c of some) {
    const near = Math.exp(-coneDistance(c, x, y, z) / SPREAD);
    pull.set(c.joint, Math.max(pull.get(c.joint) ?? 0, near));
  }
  const sorted = [...pull].sort((a, b) => b[1] - a[1]), first = sorted[0][0];
  const strongest = sorted.filter(([joint]) => !isAcross(first, joint)).slice(0, 4);
  const sum = strongest.reduce((total, [, weight]) => total + weight, 0);
  return strongest.map(([joint, weight]) => [joint, weight / sum]);
}

// Whether two joints are limbs of different sides; only the hips may pull on each other's skin.
function isAcross(first, second) {
  const sides = [first, second].map(name => name.slice(0, 4));
  return sides.includes("left") && sides.includes("righ") && !(first.endsWith("hip") && second.endsWith("hip"));
}

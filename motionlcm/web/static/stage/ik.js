// A pose bent by hand, to see at once what a pin will do: two bones for arms and legs, a soft chain
// for head and trunk. A preview; the model makes the motion when the pin is let go.

const LIMBS = {
  wrist: ["shoulder", "elbow", "wrist"], ankle: ["hip", "knee", "ankle"],
};
const TRUNK = ["pelvis", "spine1", "spine2", "spine3", "neck", "head"];

// names: of the joints; pose: [J 3], which stays as it is; joint: the name of what is dragged;
// goal: [x y z]. Returns the bent pose.
export function bend(names, pose, joint, goal) {
  const bent = new Float32Array(pose), at = name => names.indexOf(name);
  const [side, part] = /^(left|right)_/.test(joint) ? joint.split("_") : [null, joint];
  if (part in LIMBS) {
    const [root, middle, end] = LIMBS[part].map(name => at(`${side}_${name}`));
    limb(bent, pose, [root, middle, end], goal);
    if (part === "ankle") shift(bent, [at(`${side}_foot`)], minus(place(bent, end), place(pose, end)));
  } else if (joint === "pelvis") {
    movePelvis(names, pose, bent, goal);
  } else if (joint === "head") {
    leanTrunk(names, pose, bent, goal);
  } else {
    bent.set(goal, 3 * at(joint));
  }
  return bent;
}

// Elbow or knee of a bent pose, such that the end is at the goal, or as near as the limb is long;
// the bones are as long as in the pose that was.
function limb(bent, pose, [root, middle, end], goal) {
  const a = place(bent, root), b = place(bent, middle), away = minus(goal, a);
  const upper = size(minus(place(pose, middle), place(pose, root)));
  const lower = size(minus(place(pose, end), place(pose, middle)));
  const reach = Math.min(Math.max(size(away), Math.abs(upper - lower) + 1e-3), 0.9995 * (upper + lower));
  const way = scaled(away, 1 / Math.max(size(away), 1e-6));

  // the bend stays in the plane in which it was
  const along = (upper * upper + reach * reach - lower * lower) / (2 * reach);
  const out = minus(b, plus(a, scaled(way, dot(minus(b, a), way))));
  const side = size(out) > 1e-4 ? scaled(out, 1 / size(out)) : anySide(way);
  const height = Math.sqrt(Math.max(0, upper * upper - along * along));
  bent.set(plus(a, plus(scaled(way, along), scaled(side, height))), 3 * middle);
  bent.set(plus(a, scaled(way, reach)), 3 * end);
}

// The whole body but the feet, which stay where they stand.
function movePelvis(names, pose, bent, goal) {
  const at = name => names.indexOf(name), moved = minus(goal, place(pose, at("pelvis")));
  const isFoot = name => /ankle|foot/.test(name);
  shift(bent, names.map((name, joint) => isFoot(name) ? -1 : joint).filter(joint => joint >= 0), moved);
  for (const side of ["left", "right"]) {
    const leg = ["hip", "knee", "ankle"].map(part => at(`${side}_${part}`));
    limb(bent, pose, leg, place(pose, leg[2]));
    shift(bent, [at(`${side}_foot`)], minus(place(bent, at(`${side}_ankle`)), place(pose, at(`${side}_ankle`))));
  }
}

// The trunk leans from the pelvis, most at the head; bones keep their lengths, arms hang on the chest.
function leanTrunk(names, pose, bent, goal) {
  const chain = TRUNK.map(name => names.indexOf(name)), moved = minus(goal, place(pose, chain.at(-1)));
  for (let k = 1; k < chain.length; k++) {
    const wished = plus(place(pose, chain[k]), scaled(moved, (k / (chain.length - 1)) ** 1.4));
    const before = place(bent, chain[k - 1]), way = minus(wished, before);
    const length = size(minus(place(pose, chain[k]), place(pose, chain[k - 1])));
    bent.set(plus(before, scaled(way, length / Math.max(size(way), 1e-6))), 3 * chain[k]);
  }
  const chest = names.indexOf("spine3"), carried = minus(place(bent, chest), place(pose, chest));
  shift(bent, names.map((name, joint) => /collar|shoulder|elbow|wrist/.test(name) ? joint : -1).filter(joint => joint >= 0), carried);
}

export function place(pose, joint) {
  return [pose[3 * joint], pose[3 * joint + 1], pose[3 * joint + 2]];
}

function shift(pose, joints, by) {
  for (const joint of joints) for (let k = 0; k < 3; k++) pose[3 * joint + k] += by[k];
}

function anySide(way) {
  const side = Math.abs(way[2]) < 0.9 ? [-way[1], way[0], 0] : [0, -way[2], way[1]];
  return scaled(side, 1 / Math.max(size(side), 1e-6));
}

const minus = (a, b) => a.map((value, k) => value - b[k]);
const plus = (a, b) => a.map((value, k) => value + b[k]);
const scaled = (a, by) => a.map(value => value * by);
const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
const size = a => Math.hypot(...a);

// What is fixed of a motion, as the page keeps it and as the server is told it.
// Kept: {kind: "path", points: [[x, z]]}, {kind: "pin", joint, frame, position: [x, y, z]}; both
//       may have a tolerance of their own, a path frames (null: as the gait goes) and headings, a
//       pin axes, where a file says so;
//       {kind: "pose", frame, places: [J][x, y, z], name},
//       {kind: "given", isEnd, poses: [K][J][x, y, z], name}: the first or last frames, whole;
// metres, frames of the whole motion.

const REACH = 0.1;  // metres beside a path's line within which it is taken hold of

// The list of the body's "constraints", with the names that constraint files have.
export function toRequest({constraints, tolerance}, frames) {
  return constraints.map(one => {
    const within = Math.max(tolerance / 100, one.tolerance ?? 0);  // the slider is in centimetres
    if (one.kind === "path") {
      const when = "frames" in one ? one.frames : pathFrames(one.points, frames);
      return {type: "root_path", points: one.points, frames: when, headings: one.headings, tolerance: within};
    }
    if (one.kind === "pose") return {type: "pose_keyframe", frame: clamp(one.frame, frames), positions: one.places, tolerance: within};
    if (one.kind === "given") return {type: one.isEnd ? "keep_end" : "keep_start", positions: one.poses};
    return {
      type: "effector_target", joint: one.joint, frame: clamp(one.frame, frames), position: one.position,
      axes: one.axes ?? "xyz", tolerance: within,
    };
  });
}

// What a file fixes, as the server tells it, in the page's words. Throws an Error of one line.
export function fromFile(entries, name) {
  const paths = entries.filter(({type}) => type === "root_path").length;
  if (paths > 1) throw new Error(`${name} holds ${paths} paths, the page takes one; join them into one with frames.`);
  return entries.map(({type, ...one}) => ({kind: type === "root_path" ? "path" : "pin", ...one}));
}

// The last frame that constraints name; -1 where they name none.
export function lastFrame(constraints) {
  return Math.max(-1, ...constraints.flatMap(one => one.frames ?? one.frame ?? []));
}

// A path with other points; when and whither is kept while there are as many.
export function withPoints(path, points) {
  return points.length === path.points.length ? {...path, points} : {kind: "path", points, tolerance: path.tolerance};
}

export function clamp(frame, frames) {
  return Math.min(Math.max(0, frame), frames - 1);
}

// The frame at which each point of a path is reached by somebody who walks it evenly.
export function pathFrames(points, frames) {
  const way = lengths(points), whole = way.at(-1) || 1, last = frames - 1;
  const reached = way.map(length => Math.round(length / whole * last));
  for (let k = 1; k < reached.length; k++) reached[k] = Math.max(reached[k], reached[k - 1] + 1);
  for (let k = reached.length - 1; k >= 0; k--) reached[k] = Math.min(reached[k], last - (reached.length - 1 - k));
  return reached;
}

// Metres from the start to each point.
export function lengths(points) {
  const way = [0];
  for (let k = 1; k < points.length; k++) {
    way.push(way[k - 1] + Math.hypot(points[k][0] - points[k - 1][0], points[k][1] - points[k - 1][1]));
  }
  return way;
}

// The few points of a hand-drawn line that say what it is: none is left out that lies farther than
// `reach` metres from the straight line between its neighbours.
export function simplify(points, reach) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)], dx = last[0] - first[0], dz = last[1] - first[1];
  const size = Math.hypot(dx, dz);
  let worst = 0, at = 0;
  for (let k = 1; k < points.length - 1; k++) {
    const px = points[k][0] - first[0], pz = points[k][1] - first[1];
    const away = size > 1e-6 ? Math.abs(px * dz - pz * dx) / size : Math.hypot(px, pz);
    if (away > worst) [worst, at] = [away, k];
  }
  if (worst < reach) return [first, last];
  return [...simplify(points.slice(0, at + 1), reach), ...simplify(points.slice(at), reach).slice(1)];
}

// The number that a new point of a path would have where its line is taken hold of; -1 beside it.
export function bendAt(points, [x, z]) {
  let best = -1, least = REACH;
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1], points[k]], [dx, dz] = [b[0] - a[0], b[1] - a[1]], square = dx * dx + dz * dz;
    const share = square > 0 ? Math.min(1, Math.max(0, ((x - a[0]) * dx + (z - a[1]) * dz) / square)) : 0;
    const away = Math.hypot(x - a[0] - share * dx, z - a[1] - share * dz);
    if (away < least) [best, least] = [k, away];
  }
  return best;
}

export function round(value) {
  return Math.round(1000 * value) / 1000;
}

// A constraint's name for people.
export function nameOf(one) {
  if (one.kind === "path") return `Path, ${lengths(one.points).at(-1).toFixed(1)} m`;
  if (one.kind === "pose" || one.kind === "given") return one.name ?? "Key pose";
  return one.joint.replace("_", " ");
}

// A path over the floor as points [x, z] in metres: its length, its times, and how it is bent.

const REACH = 0.1;  // metres beside a path's line within which it is taken hold of

// Metres from the start to each point.
export function lengths(points) {
  const way = [0];
  for (let k = 1; k < points.length; k++) {
    way.push(way[k - 1] + Math.hypot(points[k][0] - points[k - 1][0], points[k][1] - points[k - 1][1]));
  }
  return way;
}

// The frame at which each point of a path is reached by somebody who walks it evenly.
export function pathFrames(points, frames) {
  const way = lengths(points), whole = way.at(-1) || 1, last = frames - 1;
  const reached = way.map(length => Math.round(length / whole * last));
  for (let k = 1; k < reached.length; k++) reached[k] = Math.max(reached[k], reached[k - 1] + 1);
  for (let k = reached.length - 1; k >= 0; k--) reached[k] = Math.min(reached[k], last - (reached.length - 1 - k));
  return reached;
}

// The numbers of the few points that say what a line is: none is left out that lies farther than
// `reach` metres from the straight line between its neighbours.
export function fewer(points, reach, from = 0, to = points.length - 1) {
  const [first, last] = [points[from], points[to]], dx = last[0] - first[0], dz = last[1] - first[1];
  const size = Math.hypot(dx, dz);
  let worst = reach, at = -1;
  for (let k = from + 1; k < to; k++) {
    const px = points[k][0] - first[0], pz = points[k][1] - first[1];
    const away = size > 1e-6 ? Math.abs(px * dz - pz * dx) / size : Math.hypot(px, pz);
    if (away > worst) [worst, at] = [away, k];
  }
  if (at < 0) return from < to ? [from, to] : [from];
  return [...fewer(points, reach, from, at), ...fewer(points, reach, at, to).slice(1)];
}

// A path with other points; when and whither is kept while there are as many.
export function withPoints(path, points) {
  return points.length === path.points.length ? {...path, points} : {kind: "path", points, tolerance: path.tolerance};
}

// A path of some of its points, with when and whither of each.
export function chosenPoints(path, numbers) {
  const of = values => values && numbers.map(k => values[k]);
  return {...path, points: of(path.points), ..."frames" in path && {frames: of(path.frames)}, ...path.headings && {headings: of(path.headings)}};
}

// The number of the nearest part of a path's line, from point k - 1 to point k; -1 beside it.
export function partAt(points, [x, z]) {
  let best = -1, least = REACH;
  for (let k = 1; k < points.length; k++) {
    const [a, b] = [points[k - 1], points[k]], [dx, dz] = [b[0] - a[0], b[1] - a[1]], square = dx * dx + dz * dz;
    const share = square > 0 ? Math.min(1, Math.max(0, ((x - a[0]) * dx + (z - a[1]) * dz) / square)) : 0;
    const away = Math.hypot(x - a[0] - share * dx, z - a[1] - share * dz);
    if (away < least) [best, least] = [k, away];
  }
  return best;
}

// The numbers of the points that get a handle: the ends, and between them none closer to the one
// before than `gap` metres of the way.
export function spread(points, gap) {
  const way = lengths(points), last = points.length - 1, chosen = points.length ? [0] : [];
  for (let k = 1; k < last; k++) if (way[k] - way[chosen.at(-1)] >= gap) chosen.push(k);
  while (chosen.length > 1 && way[last] - way[chosen.at(-1)] < gap && last > 1) chosen.pop();
  return last > 0 ? [...chosen, last] : chosen;
}

// Points with number k at another place; those up to the handles before and behind it follow, the
// less the farther they are.
export function pull(points, k, [x, z], handles) {
  const before = Math.max(0, ...handles.filter(one => one < k)), behind = Math.min(points.length - 1, ...handles.filter(one => one > k));
  const way = lengths(points), [dx, dz] = [x - points[k][0], z - points[k][1]];
  return points.map(([px, pz], i) => {
    if (i === k) return [x, z];
    const end = i < k ? before : behind;
    if (i <= before || i >= behind || way[k] === way[end]) return [px, pz];
    const share = (way[i] - way[end]) / (way[k] - way[end]), weight = share * share * (3 - 2 * share);
    return [px + weight * dx, pz + weight * dz];
  });
}

// A net made smooth: waves of a few cells are taken out of it, the shape is kept (Taubin 1995: a
// step that shrinks, then one that swells a little more).

const SHRINK = 0.5, SWELL = -0.52;

// positions [N 3]; index of triangles; share(v): how much of a step point v takes, from 0 to 1.
export function smoothed(positions, index, rounds, share) {
  const around = neighbours(positions.length / 3, index), shares = Float32Array.from(around, (_, v) => share(v));
  let places = positions;
  for (let round = 0; round < rounds; round++) {
    for (const step of [SHRINK, SWELL]) places = moved(places, around, v => step * shares[v]);
  }
  return places;
}

function neighbours(count, index) {
  const around = Array.from({length: count}, () => new Set());
  for (let k = 0; k < index.length; k += 3) {
    for (const [a, b] of [[0, 1], [1, 2], [2, 0]]) {
      around[index[k + a]].add(index[k + b]);
      around[index[k + b]].add(index[k + a]);
    }
  }
  return around.map(set => [...set]);
}

// Each point a step towards the middle of its neighbours.
function moved(places, around, step) {
  const next = new Float32Array(places);
  for (const [v, others] of around.entries()) {
    for (let axis = 0; axis < 3; axis++) {
      const middle = others.reduce((sum, other) => sum + places[3 * other + axis], 0) / others.length;
      next[3 * v + axis] += step(v) * (middle - places[3 * v + axis]);
    }
  }
  return next;
}

// The mean normal of the triangles around each point, larger ones counting more, and then of its
// neighbours, some rounds: [N 3].
export function normalsOf(places, index, rounds) {
  const around = neighbours(places.length / 3, index);
  let normals = facing(places, index);
  for (let round = 0; round < rounds; round++) normals = asUnits(moved(normals, around, () => SHRINK));
  return normals;
}

function facing(places, index) {
  const sums = new Float32Array(places.length);
  for (let k = 0; k < index.length; k += 3) {
    const [a, b, c] = [0, 1, 2].map(j => [...places.subarray(3 * index[k + j], 3 * index[k + j] + 3)]);
    const [p, q] = [b, c].map(corner => corner.map((value, axis) => value - a[axis]));
    const across = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
    for (let j = 0; j < 3; j++) for (let axis = 0; axis < 3; axis++) sums[3 * index[k + j] + axis] += across[axis];
  }
  return asUnits(sums);
}

// Vectors [N 3], each made as long as one.
export function asUnits(vectors) {
  for (let at = 0; at < vectors.length; at += 3) {
    const size = Math.hypot(...vectors.subarray(at, at + 3)) || 1;
    for (let axis = 0; axis < 3; axis++) vectors[at + axis] /= size;
  }
  return vectors;
}

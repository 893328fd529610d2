// Triangles of a surface that is given as a distance: naive surface nets on a grid, with every
// vertex then drawn onto the surface itself.

const BLOCK = 6;  // cells a side; blocks that the surface cannot cross are never looked into

// shape: {distance(parts, x, y, z), near(parts, reach, x, y, z), parts}, in metres; low and high:
// corners of the box. Returns {positions, normals, index}.
export function surfaceNet(shape, low, high, cell) {
  const size = low.map((value, k) => Math.ceil((high[k] - value) / cell) + 1);
  const values = sample(shape, low, size, cell);
  const numbers = new Int32Array(size[0] * size[1] * size[2]).fill(-1);
  const positions = [], index = [];
  const stride = [1, size[0], size[0] * size[1]];

  for (let z = 0; z < size[2] - 1; z++) {
    for (let y = 0; y < size[1] - 1; y++) {
      for (let x = 0; x < size[0] - 1; x++) {
        const at = x + y * stride[1] + z * stride[2];
        const place = crossing(values, at, stride);
        if (!place) continue;
        numbers[at] = positions.length / 3;
        positions.push(...[x, y, z].map((value, k) => low[k] + cell * (value + place[k])));
        join(values, numbers, at, [x, y, z], stride, index);
      }
    }
  }
  const {settled, normals} = settle(shape, positions);
  return {positions: settled, normals, index: new Uint32Array(index)};
}

// The field at every corner of the grid; far from the surface only its sign is right.
function sample({distance, near, parts}, low, size, cell) {
  const values = new Float32Array(size[0] * size[1] * size[2]);
  const reach = BLOCK * cell * Math.sqrt(3) / 2, far = reach + 0.03;
  for (let bz = 0; bz < size[2]; bz += BLOCK) {
    for (let by = 0; by < size[1]; by += BLOCK) {
      for (let bx = 0; bx < size[0]; bx += BLOCK) {
        const middle = [bx, by, bz].map((value, k) => low[k] + cell * (value + (BLOCK - 1) / 2));
        const there = distance(parts, ...middle), isFar = Math.abs(there) > far;
        const some = isFar ? parts : near(parts, reach, ...middle);
        for (let z = bz; z < Math.min(bz + BLOCK, size[2]); z++) {
          for (let y = by; y < Math.min(by + BLOCK, size[1]); y++) {
            for (let x = bx; x < Math.min(bx + BLOCK, size[0]); x++) {
              values[x + size[0] * (y + size[1] * z)] = isFar ? there
                : distance(some, low[0] + cell * x, low[1] + cell * y, low[2] + cell * z);
            }
          }
        }
      }
    }
  }
  return values;
}

// The mean place [0..1]^3 at which the surface cuts the edges of a cell, or null.
function crossing(values, at, stride) {
  const corner = k => values[at + (k & 1) * stride[0] + ((k >> 1) & 1) * stride[1] + (k >> 2) * stride[2]];
  let signs = 0;
  for (let k = 0; k < 8; k++) if (corner(k) < 0) signs |= 1 << k;
  if (signs === 0 || signs === 255) return null;

  const sum = [0, 0, 0];
  let count = 0;
  for (let k = 0; k < 8; k++) {
    for (let axis = 0; axis < 3; axis++) {
      const other = k | (1 << axis);
      if (other === k || ((signs >> k) & 1) === ((signs >> other) & 1)) continue;
      const share = corner(k) / (corner(k) - corner(other));
      for (let j = 0; j < 3; j++) sum[j] += j === axis ? share : (k >> j) & 1;
      count += 1;
    }
  }
  return sum.map(value => value / count);
}

// The two triangles around each cut edge that begins in this cell and whose cells are known.
function join(values, numbers, at, place, stride, index) {
  for (let axis = 0; axis < 3; axis++) {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    if (!place[u] || !place[v]) continue;
    const inside = values[at] < 0;
    if (inside === values[at + stride[axis]] < 0) continue;
    const [a, b, c, d] = [at, at - stride[u], at - stride[u] - stride[v], at - stride[v]].map(k => numbers[k]);
    index.push(...(inside ? [a, b, c, a, c, d] : [a, c, b, a, d, c]));
  }
}

// Vertices moved along the gradient onto the surface, and the gradients there as normals.
function settle({distance, near, parts}, positions) {
  const settled = new Float32Array(positions), normals = new Float32Array(positions.length);
  const step = 0.002;
  for (let at = 0; at < settled.length; at += 3) {
    const some = near(parts, 0.02, ...settled.subarray(at, at + 3));
    for (let round = 0; round < 2; round++) {
      const [x, y, z] = settled.subarray(at, at + 3), here = distance(some, x, y, z);
      const slope = [[step, 0, 0], [0, step, 0], [0, 0, step]].map(
        ([dx, dy, dz]) => distance(some, x + dx, y + dy, z + dz) - here);
      const size = Math.hypot(...slope) || 1;
      for (let k = 0; k < 3; k++) {
        normals[at + k] = slope[k] / size;
        settled[at + k] -= 0.9 * here * slope[k] / size;
      }
    }
  }
  return {settled, normals};
}

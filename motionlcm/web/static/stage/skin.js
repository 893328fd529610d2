// The mannequin's skin, read from a file that demo/mannequin makes of its shape. Numbers are
// little-endian: counts of points and triangles (uint32), then for each point its place (int16, of
// UNIT metres), normal (int16, of 1/32767), four joints and their weights (uint8, of 1/255) and how
// much it wears the colour of its side (uint8), then for each triangle three points (uint16).

import {BufferAttribute, BufferGeometry, Color, Sphere, Vector3} from "../vendor/three.js";
import {COLOURS, sideOf} from "../core/skeleton.js";
import {NAMES} from "./rest.js";

export const UNIT = 6e-5;  // metres
const CLAY = new Color("#f0eeea"), STRONG = 0.82;
const HEAD = 8;  // bytes of the counts

// Bytes of a whole file.
export const LENGTH = (points, triangles) => HEAD + points * (6 + 6 + 4 + 4) + 6 * triangles + points;

// The arrays in a file's buffer.
export function parts(buffer, points, triangles) {
  let at = HEAD;
  const next = (Kind, count) => {
    const array = new Kind(buffer, at, count);
    at += array.byteLength;
    return array;
  };
  return {
    positions: next(Int16Array, 3 * points), normals: next(Int16Array, 3 * points), joints: next(Uint8Array, 4 * points),
    weights: next(Uint8Array, 4 * points), index: next(Uint16Array, 3 * triangles), accents: next(Uint8Array, points),
  };
}

// The one geometry of all mannequins. Throws an Error of one line.
export async function loadSkin() {
  const answer = await fetch(new URL("mannequin.bin", import.meta.url));
  if (!answer.ok) throw new Error(`The mannequin does not come: the server answered ${answer.status}.`);
  const buffer = await answer.arrayBuffer(), [points, triangles] = new Uint32Array(buffer, 0, 2);
  const {positions, normals, joints, weights, index, accents} = parts(buffer, points, triangles);

  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(Float32Array.from(positions, value => UNIT * value), 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3, true));
  geometry.setAttribute("color", new BufferAttribute(colours(joints, accents), 3));
  geometry.setAttribute("skinIndex", new BufferAttribute(joints, 4));
  geometry.setAttribute("skinWeight", new BufferAttribute(weights, 4, true));
  geometry.setIndex(new BufferAttribute(index, 1));
  geometry.boundingSphere = new Sphere(new Vector3(), Infinity);
  return geometry;
}

// Clay, and on hands and feet the colour of their side: [N 3].
function colours(joints, accents) {
  const shades = new Float32Array(3 * accents.length), colour = new Color();
  const sides = NAMES.map(name => COLOURS[sideOf(name)]).map(text => new Color(text));
  for (const [v, accent] of accents.entries()) {
    colour.copy(CLAY);
    if (accent) colour.lerp(sides[joints[4 * v]], STRONG * accent / 255);
    colour.toArray(shades, 3 * v);
  }
  return shades;
}

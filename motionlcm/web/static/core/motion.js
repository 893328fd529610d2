// A motion as the player sees it: joints over time, read at any moment between two frames.
// Units: metres and seconds; Y is up.

export const FPS = 20;  // of what the models make; what is fixed counts frames at it
const SAME = 0.002;  // metres between two poses that count as one

export class Motion {
  // positions: Float32Array [T J 3]; contacts: Uint8Array [T 4] or null (left ankle, left toe,
  // right ankle, right toe); facts: whatever else is known (caption, seed, report, ...).
  constructor({positions, fps, names, parents, contacts = null, ...facts}) {
    Object.assign(this, {positions, fps, names, parents, contacts, facts});
    this.joints = parents.length;
    this.frames = positions.length / (3 * this.joints);
  }

  get seconds() {
    return this.frames / this.fps;
  }

  // The height in metres that the highest joint comes to.
  get highest() {
    this._highest ??= this.positions.reduce((most, value, k) => k % 3 === 1 && value > most ? value : most, 0);
    return this._highest;
  }

  // Whether the last pose is the first one again, seen from the root.
  get loops() {
    if (this._loops === undefined) this._loops = this.facts.loops ?? this.endsAsItBegins();
    return this._loops;
  }

  endsAsItBegins() {
    const [first, last] = [this.pose(0), this.pose(this.frames - 1)];
    let most = this.frames > 2 ? 0 : Infinity;
    for (let k = 0; k < first.length; k++) {
      const root = k % 3 === 1 ? 0 : last[k % 3] - first[k % 3];
      most = Math.max(most, Math.abs(last[k] - first[k] - root));
    }
    return most < SAME;
  }

  // What a server answers: float32 positions and uint8 contacts, in base64.
  static fromServer(content, skeleton) {
    const {positions, contacts, fps, frames, ...facts} = content;
    return new Motion({
      positions: new Float32Array(bytesOf(positions).buffer),
      contacts: contacts ? bytesOf(contacts) : null,
      fps, ...skeleton, ...facts,
    });
  }

  // What a saved page holds: int16 numbers of a unit (in metres), in base64.
  static fromPage(content) {
    const numbers = new Int16Array(bytesOf(content.numbers).buffer);
    return new Motion({...content, positions: Float32Array.from(numbers, n => n * content.unit)});
  }

  // The opposite of fromServer, for a session's file.
  toContent() {
    return {
      ...this.facts, fps: this.fps, frames: this.frames,
      positions: base64Of(new Uint8Array(this.positions.buffer)),
      contacts: this.contacts ? base64Of(this.contacts) : null,
    };
  }

  index(name) {
    return this.names.indexOf(name);
  }

  // The place [x y z] of a joint at a frame that need not be whole.
  joint(index, frame) {
    const first = Math.min(Math.max(Math.floor(frame), 0), this.frames - 1);
    const next = Math.min(first + 1, this.frames - 1), share = Math.max(0, frame - first);
    const a = 3 * (first * this.joints + index), b = 3 * (next * this.joints + index);
    return [0, 1, 2].map(k => mix(this.positions[a + k], this.positions[b + k], share));
  }

  // All joints [J 3] at a frame, into an array that may be given.
  pose(frame, into = new Float32Array(3 * this.joints)) {
    const first = Math.min(Math.max(Math.floor(frame), 0), this.frames - 1);
    const next = Math.min(first + 1, this.frames - 1), share = Math.max(0, frame - first);
    const size = 3 * this.joints, a = first * size, b = next * size;
    for (let k = 0; k < size; k++) into[k] = mix(this.positions[a + k], this.positions[b + k], share);
    return into;
  }

  // The root's way over the ground, averaged over a second: [T][x, z]. A camera follows it.
  smoothPath() {
    if (this._path) return this._path;
    const reach = Math.round(this.fps / 2), sums = [[0, 0]];
    for (let f = 0; f < this.frames; f++) {
      const at = 3 * f * this.joints, [x, z] = sums[f];
      sums.push([x + this.positions[at], z + this.positions[at + 2]]);
    }
    this._path = Array.from({length: this.frames}, (_, f) => {
      const from = Math.max(0, f - reach), to = Math.min(this.frames, f + reach + 1);
      return [0, 1].map(k => (sums[to][k] - sums[from][k]) / (to - from));
    });
    return this._path;
  }

  // The smooth path at a frame that need not be whole.
  follow(frame) {
    const path = this.smoothPath(), first = Math.min(Math.floor(Math.max(frame, 0)), this.frames - 1);
    const next = Math.min(first + 1, this.frames - 1), share = Math.max(0, frame - first);
    return [0, 1].map(k => mix(path[first][k], path[next][k], share));
  }
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
}

export function base64Of(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

function mix(a, b, share) {
  return a + (b - a) * share;
}

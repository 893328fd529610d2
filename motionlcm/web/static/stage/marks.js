// What is drawn on the floor for a motion: the root's trail, and a disc below each foot that stands.

import {
  BufferAttribute, BufferGeometry, CircleGeometry, Color, DoubleSide, Group, Mesh, MeshBasicMaterial,
} from "../vendor/three.js";
import {COLOURS} from "../core/skeleton.js";

const WIDTH = 0.028;  // metres of the trail
const FEET = ["left_ankle", "left_foot", "right_ankle", "right_foot"];  // the order of contacts

export class Trail {
  constructor(motion, colour) {
    this.motion = motion;
    const geometry = new BufferGeometry(), count = motion.frames;
    const places = new Float32Array(6 * count), index = [];
    for (let f = 0; f < count; f++) {
      const [x, , z] = motion.joint(0, f), [a, b] = [Math.max(0, f - 1), Math.min(count - 1, f + 1)];
      const from = motion.joint(0, a), to = motion.joint(0, b);
      const [dx, dz] = [to[0] - from[0], to[2] - from[2]], size = Math.hypot(dx, dz);
      const [nx, nz] = size > 1e-6 ? [-dz / size, dx / size] : [1, 0];
      places.set([x + nx * WIDTH / 2, 0, z + nz * WIDTH / 2, x - nx * WIDTH / 2, 0, z - nz * WIDTH / 2], 6 * f);
      if (f) index.push(2 * f - 2, 2 * f - 1, 2 * f, 2 * f - 1, 2 * f + 1, 2 * f);
    }
    geometry.setAttribute("position", new BufferAttribute(places, 3));
    this.colours = new BufferAttribute(new Float32Array(8 * count), 4);
    const shade = new Color(colour);
    for (let k = 0; k < 2 * count; k++) shade.toArray(this.colours.array, 4 * k);  // alpha follows the frame
    geometry.setAttribute("color", this.colours);
    geometry.setIndex(index);
    this.material = new MeshBasicMaterial({vertexColors: true, transparent: true, depthWrite: false, side: DoubleSide, toneMapped: false});
    this.object = new Mesh(geometry, this.material);
    this.object.position.y = 0.004;
    this.object.renderOrder = 1;
  }

  update(frame) {
    for (let f = 0, at = 3; f < this.motion.frames; f++, at += 8) {
      const alpha = f <= frame ? 0.35 + 0.6 * Math.exp((f - frame) / (1.5 * this.motion.fps)) : 0.16;
      this.colours.array[at] = this.colours.array[at + 4] = alpha;
    }
    this.colours.needsUpdate = true;
  }

  dispose() {
    this.object.removeFromParent();
    this.object.geometry.dispose();
    this.material.dispose();
  }
}

export class Contacts {
  constructor(motion) {
    this.motion = motion;
    this.object = new Group();
    this.discs = FEET.map(name => {
      const material = new MeshBasicMaterial({
        color: COLOURS[name.startsWith("left") ? "left" : "right"], transparent: true, depthWrite: false, toneMapped: false,
      });
      const disc = new Mesh(new CircleGeometry(name.endsWith("foot") ? 0.07 : 0.06, 32), material);
      disc.rotation.x = -Math.PI / 2;
      disc.renderOrder = 2;
      this.object.add(disc);
      return disc;
    });
  }

  update(frame) {
    const {motion} = this, whole = Math.round(frame);
    for (const [k, name] of FEET.entries()) {
      const joint = motion.index(name), disc = this.discs[k];
      disc.visible = joint >= 0 && Boolean(motion.contacts?.[4 * whole + k]);
      if (!disc.visible) continue;
      const [x, , z] = motion.joint(joint, frame);
      disc.position.set(x, 0.006, z);
      disc.material.opacity = 0.55;
    }
  }

  dispose() {
    this.object.removeFromParent();
    for (const disc of this.discs) {
      disc.geometry.dispose();
      disc.material.dispose();
    }
  }
}

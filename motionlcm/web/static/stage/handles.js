// What can be taken hold of on the stage: balls for joints and points, and the line of a path.

import {
  BufferAttribute, BufferGeometry, CatmullRomCurve3, DoubleSide, Group, Mesh, MeshBasicMaterial, SphereGeometry, Vector3,
} from "../vendor/three.js";

const BALL = new SphereGeometry(1, 20, 14);
const NEAR = 24;  // pixels within which a pointer takes hold
const WIDTH = 0.04;  // metres of a path's line
const SMOOTHED = 200;  // points; a path of more is a smooth line as it is

export class Handles {
  constructor(stage) {
    this.stage = stage;
    this.group = new Group();
    this.list = [];
    stage.set.scene.add(this.group);
  }

  // handles: [{place: [x y z], radius, colour, ...facts}], in the world.
  show(handles) {
    while (this.list.length > handles.length) this.group.remove(this.list.pop().ball);
    while (this.list.length < handles.length) {
      const ball = new Mesh(BALL, new MeshBasicMaterial({transparent: true, opacity: 0.85, depthTest: false, toneMapped: false}));
      ball.renderOrder = 10;
      this.group.add(ball);
      this.list.push({ball});
    }
    for (const [k, handle] of handles.entries()) {
      const {ball} = this.list[k];
      this.list[k] = {...handle, ball};
      ball.position.set(...handle.place);
      ball.scale.setScalar(handle.radius);
      ball.material.color.set(handle.colour);
    }
  }

  // The handle under a pointer, or null.
  under(event) {
    const box = this.stage.canvas.getBoundingClientRect();
    let best = null, least = event.pointerType === "touch" ? 1.6 * NEAR : NEAR;
    for (const handle of this.list) {
      const at = this.stage.pixels(handle.ball.position);
      const away = at && handle.isHeld !== false ? Math.hypot(at[0] - event.clientX + box.left, at[1] - event.clientY + box.top) : Infinity;
      if (away < least) [best, least] = [handle, away];
    }
    return best;
  }
}

// The smooth line through a path's points, on the floor.
export class PathLine {
  constructor(stage) {
    this.material = new MeshBasicMaterial({color: "#1f9d8a", transparent: true, opacity: 0.85, depthWrite: false, side: DoubleSide, toneMapped: false});
    this.object = new Mesh(new BufferGeometry(), this.material);
    this.object.position.y = 0.008;
    this.object.renderOrder = 3;
    this.object.frustumCulled = false;
    this.object.visible = false;
    stage.set.scene.add(this.object);
  }

  show(points, isRaw = false) {
    this.object.visible = points.length > 1;
    if (points.length < 2) return;
    const dense = isRaw || points.length > SMOOTHED ? points : curve(points, 12 * points.length), places = new Float32Array(6 * dense.length), index = [];
    for (let k = 0; k < dense.length; k++) {
      const from = dense[Math.max(0, k - 1)], to = dense[Math.min(dense.length - 1, k + 1)];
      const [dx, dz] = [to[0] - from[0], to[1] - from[1]], size = Math.hypot(dx, dz) || 1;
      const [nx, nz] = [-dz / size * WIDTH / 2, dx / size * WIDTH / 2], [x, z] = dense[k];
      places.set([x + nx, 0, z + nz, x - nx, 0, z - nz], 6 * k);
      if (k) index.push(2 * k - 2, 2 * k - 1, 2 * k, 2 * k - 1, 2 * k + 1, 2 * k);
    }
    this.object.geometry.dispose();
    this.object.geometry = new BufferGeometry();
    this.object.geometry.setAttribute("position", new BufferAttribute(places, 3));
    this.object.geometry.setIndex(index);
  }
}

// Places [x, z] on the smooth curve through points.
export function curve(points, count) {
  const line = new CatmullRomCurve3(points.map(([x, z]) => new Vector3(x, 0, z)), false, "centripetal");
  return line.getPoints(count).map(({x, z}) => [x, z]);
}

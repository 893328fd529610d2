// The stick figure: a slim bone between every two joints, a ball on each. For any skeleton.

import {Color, CylinderGeometry, InstancedMesh, Matrix4, MeshStandardMaterial, Quaternion, SphereGeometry, Vector3} from "../vendor/three.js";
import {COLOURS, sideOf} from "../core/skeleton.js";

const BONE = 0.017, BALL = 0.028, HEAD = 0.085;  // radii in metres

export class Stick {
  constructor(names, parents, look = {}) {
    Object.assign(this, {names, parents});
    this.material = new MeshStandardMaterial({roughness: 0.5, ...look});
    this.balls = new InstancedMesh(new SphereGeometry(1, 20, 14), this.material, names.length);
    this.object = new InstancedMesh(new CylinderGeometry(1, 1, 1, 12), this.material, names.length);
    this.object.add(this.balls);
    for (const mesh of [this.object, this.balls]) {
      mesh.castShadow = !look.transparent;
      mesh.frustumCulled = false;
      for (const [joint, name] of names.entries()) mesh.setColorAt(joint, new Color(COLOURS[sideOf(name)]));
    }
  }

  pose(places) {
    for (const [joint, parent] of this.parents.entries()) {
      TO.fromArray(places, 3 * joint);
      FROM.fromArray(places, 3 * Math.max(parent, 0));
      const radius = this.names[joint] === "head" ? HEAD : BALL;
      this.balls.setMatrixAt(joint, MATRIX.compose(TO, TURN.identity(), SIZE.setScalar(radius)));

      const length = Math.max(TO.distanceTo(FROM), 1e-6);
      TURN.setFromUnitVectors(UP, WAY.subVectors(TO, FROM).divideScalar(length));
      if (length <= 1e-6) TURN.identity();
      this.object.setMatrixAt(joint, MATRIX.compose(FROM.add(TO).multiplyScalar(0.5), TURN, SIZE.set(BONE, length, BONE)));
    }
    this.object.instanceMatrix.needsUpdate = this.balls.instanceMatrix.needsUpdate = true;
  }

  dispose() {
    this.object.removeFromParent();
    for (const mesh of [this.object, this.balls]) {
      mesh.geometry.dispose();
      mesh.dispose();
    }
    this.material.dispose();
  }
}

const FROM = new Vector3(), TO = new Vector3(), WAY = new Vector3(), SIZE = new Vector3(), UP = new Vector3(0, 1, 0);
const MATRIX = new Matrix4(), TURN = new Quaternion();

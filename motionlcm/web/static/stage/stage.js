// The stage: actors, camera, and what the pointer meets. It draws only when something has changed.

import {OrbitControls, Plane, Raycaster, Vector2, Vector3} from "../vendor/three.js";
import {Actor, BEFORE, sideBySide} from "./actor.js";
import {Scenery} from "./scene.js";

const MARGIN = 0.9;  // metres beside a body that belong to it in the picture
const AHEAD = 3;  // metres of floor that are seen where a path is drawn
const SLOW = 1 / 24;  // seconds a picture; slower ones are drawn with fewer pixels

export class Stage extends EventTarget {
  constructor(canvas, playback) {
    super();
    Object.assign(this, {canvas, playback, actors: [], before: null, preview: null});
    this.view = {body: "mannequin", character: null, camera: "follow", trail: true, contacts: true, ghosts: false, before: false, inPlace: false};
    this.set = new Scenery(canvas);
    this.controls = new OrbitControls(this.set.camera, canvas);
    Object.assign(this.controls, {enableDamping: false, minDistance: 0.8, maxDistance: 30, maxPolarAngle: 1.62});
    this.controls.addEventListener("change", () => this.redraw());
    this.looked = new Vector3(0, 0.9, 0);
    this.controls.target.copy(this.looked);
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.pace = 0;
    this.pictures = 0;

    playback.addEventListener("moved", () => this.redraw());
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    playback.addEventListener("played", () => this.wake());
    this.resize();
  }

  redraw() {
    this.isStale = true;
    this.wake();
  }

  // Begin with pictures again; while nothing moves there are none to wait for.
  wake() {
    if (this.isAwake) return;
    this.isAwake = true;
    this.last = null;
    requestAnimationFrame(now => this.tick(now));
  }

  // Put motions on the stage; chosen: the number of the one that steering and files are about.
  show(motions, {chosen = 0, before = null} = {}) {
    for (const actor of this.actors) actor.dispose();
    this.before?.dispose();
    const places = motions.length > 1 ? sideBySide(motions) : [[0, 0]];
    this.actors = motions.map((motion, k) => new Actor(motion, this.view, {offset: places[k], isChosen: motions.length === 1 || k === chosen}));
    this.before = before && this.view.before ? new Actor(before, this.view, {look: BEFORE}) : null;
    this.beforeMotion = before;
    this.chosen = this.actors[Math.min(chosen, this.actors.length - 1)] ?? null;
    for (const actor of this.everybody()) this.set.scene.add(actor.object);
    this.preview = null;
    this.redraw();
  }

  everybody() {
    return this.before ? [...this.actors, this.before] : this.actors;
  }

  // Change what is shown of the bodies; see view.
  look(changes) {
    const changed = Object.keys(changes).filter(name => changes[name] !== this.view[name]);
    Object.assign(this.view, changes);
    if (changed.includes("camera")) this.place(this.view.camera);
    if (changed.includes("before")) this.show(this.actors.map(actor => actor.motion), {chosen: this.actors.indexOf(this.chosen), before: this.beforeMotion});
    else if (changed.some(name => name !== "camera")) for (const actor of this.everybody()) actor.dress(this.view);
    this.redraw();
  }

  wear(theme) {
    this.set.wear(theme);
    this.redraw();
  }

  // The camera's places: a view from the side, or from above.
  place(mode) {
    const {target} = this.controls, {camera} = this.set, wide = 1.05 * this.spread();
    if (mode === "top") camera.position.set(target.x, 6.5 + wide, target.z + 0.001);
    else if (this.lastPlace === "top") camera.position.set(target.x + 2.6 + wide / 3, 1.75 + wide / 5, target.z + 4.1 + wide);
    this.lastPlace = mode;
    this.controls.enableRotate = mode !== "top";
    this.controls.update();
  }

  // Look from above over the floor, where a path is drawn or lies; null: look as before.
  // points: gives its points [x, z].
  overlook(points) {
    const {target} = this.controls, {camera} = this.set;
    this.overlooked = points;
    if (!points) {
      if (this.usualAway) camera.position.copy(target).add(this.usualAway);
      this.usualAway = null;
      return this.redraw();
    }
    this.usualAway ??= camera.position.clone().sub(target);
    const [x, z] = this.centre(), {middle, wide} = extent([[x, z], [x, z + AHEAD], ...points()]);
    const away = (3.2 + 1.2 * wide) * Math.max(1, 1.15 / camera.aspect), turn = Math.atan2(this.usualAway.x, this.usualAway.z);
    target.set(middle[0], target.y, middle[1]);
    if (this.view.camera === "top") camera.position.set(target.x, away, target.z + 0.001);
    else camera.position.copy(target).add(NEAR.set(0.72 * Math.sin(turn), 0.69, 0.72 * Math.cos(turn)).multiplyScalar(away));
    this.controls.update();
    this.redraw();
  }

  // Go back far enough to see everybody; of several, wherever the camera follows them to.
  frameAll() {
    if (this.overlooked) return this.overlook(this.overlooked);
    const {target} = this.controls, {camera} = this.set, wide = this.spread();
    const narrow = Math.max(1, 1.15 / camera.aspect), away = wide ? this.distanceForAll() : 3.2 * narrow;
    camera.position.set(target.x + (wide ? 0 : 2) * narrow, 1.5 + 0.15 * wide, target.z + away);
    if (this.view.camera === "top") this.place("top");
    this.controls.update();
    this.redraw();
  }

  // Metres from the middle of the bodies at which each of them is in the picture at every time.
  distanceForAll() {
    const {aspect, fov} = this.set.camera, slope = Math.tan(fov * Math.PI / 360) * aspect, last = Math.max(...this.actors.map(actor => actor.motion.frames - 1));
    let most = 4;
    for (let frame = 0; frame <= last; frame += 5) {
      const centres = this.actors.map(actor => actor.centre(frame)), [x, z] = this.centre(frame);
      for (const one of centres) most = Math.max(most, one[1] - z + (Math.abs(one[0] - x) + MARGIN) / slope);
    }
    return most;
  }

  spread() {
    const places = this.actors.map(actor => actor.offset[0]);
    return places.length > 1 ? Math.max(...places) - Math.min(...places) : 0;
  }

  centre(frame = this.playback.frame) {
    const centres = this.actors.map(actor => actor.centre(frame));
    return [0, 1].map(k => centres.reduce((sum, place) => sum + place[k], 0) / centres.length);
  }

  resize() {
    const {clientWidth: width, clientHeight: height} = this.canvas.parentElement;
    if (!width || !height) return;
    this.set.resize(width, height, this.ratio);
    this.redraw();
  }

  tick(now) {
    const elapsed = (now - (this.last ?? now)) / 1000;
    this.last = now;
    this.playback.advance(Math.min(0.15, elapsed));
    if (this.isStale && this.actors.length) this.draw(elapsed);
    this.isAwake = this.playback.playing || (this.isStale && this.actors.length > 0);
    if (this.isAwake) requestAnimationFrame(next => this.tick(next));
  }

  draw(elapsed) {
    this.isStale = false;
    const {frame} = this.playback;
    for (const actor of this.everybody()) actor.update(frame, actor === this.chosen ? this.preview : null);

    const [x, z] = this.centre();
    if (this.view.camera !== "orbit" && !this.overlooked) this.travel(x, z);
    this.set.light([x, z], 2.6 + this.spread() / 2);
    this.dispatchEvent(new Event("draw"));
    this.set.render();
    this.pictures += 1;
    this.adapt(elapsed);
  }

  // Move camera and target together, so that the bodies stay where they are in the picture.
  travel(x, z) {
    const {target} = this.controls, {camera} = this.set;
    camera.position.x += x - target.x;
    camera.position.z += z - target.z;
    target.set(x, target.y, z);
    camera.lookAt(target);
    camera.updateMatrixWorld();
  }

  // Fewer pixels where pictures come slowly, as many as the screen has where they come fast.
  adapt(elapsed) {
    if (!this.playback.playing || elapsed <= 0 || elapsed > 0.5) return;
    this.pace = 0.9 * this.pace + 0.1 * elapsed;
    const full = Math.min(2, window.devicePixelRatio || 1);
    if (this.pace > SLOW && this.ratio > 0.7 * full) this.ratio *= 0.9;
    else return;
    this.pace = 0.6 * SLOW;
    this.resize();
  }

  // Where a pointer's ray meets a plane (the floor, unless another is given), or null.
  meet(event, plane = FLOOR) {
    const place = this.ray(event).ray.intersectPlane(plane, new Vector3());
    return place && place.distanceTo(this.set.camera.position) < 60 ? place : null;
  }

  ray(event) {
    const box = this.canvas.getBoundingClientRect();
    POINT.set(2 * (event.clientX - box.left) / box.width - 1, 1 - 2 * (event.clientY - box.top) / box.height);
    RAY.setFromCamera(POINT, this.set.camera);
    return RAY;
  }

  // Pixels [x, y] of a place in the world, from the canvas' corner; null behind the camera.
  pixels(place) {
    const box = this.canvas.getBoundingClientRect(), at = NEAR.copy(place).project(this.set.camera);
    return at.z > 1 ? null : [(at.x + 1) / 2 * box.width, (1 - at.y) / 2 * box.height];
  }

  // The plane through a place that faces the camera: things are dragged in it.
  facing(place) {
    const away = this.set.camera.getWorldDirection(new Vector3());
    return new Plane().setFromNormalAndCoplanarPoint(away, place);
  }
}

// The middle of places [x, z], and how far it is across them.
function extent(places) {
  const [low, high] = [Math.min, Math.max].map(most => [0, 1].map(k => most(...places.map(one => one[k]))));
  return {middle: [0, 1].map(k => (low[k] + high[k]) / 2), wide: Math.hypot(high[0] - low[0], high[1] - low[1])};
}

const FLOOR = new Plane(new Vector3(0, 1, 0), 0), POINT = new Vector2(), RAY = new Raycaster(), NEAR = new Vector3();

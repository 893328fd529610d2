// One motion on the stage: its body, marks and ghosts, at its place beside the others.

import {Group} from "../vendor/three.js";
import {Mannequin} from "./mannequin.js";
import {Contacts, Trail} from "./marks.js";
import {Stick} from "./stick.js";

const GHOSTS = 6;
const GHOST = {transparent: true, opacity: 0.17, depthWrite: false};
export const BEFORE = {transparent: true, opacity: 0.4, color: "#7d8aa5", depthWrite: false};

export class Actor {
  constructor(motion, view, {offset = [0, 0], isChosen = true, look = {}} = {}) {
    Object.assign(this, {motion, offset, isChosen, look});
    this.object = new Group();
    this.places = new Float32Array(3 * motion.joints);
    this.dress(view);
  }

  // Take the body and the marks that the view asks for; view: {body, character, trail, contacts,
  // ghosts, inPlace}.
  dress(view) {
    this.undress();
    this.view = view;
    const {motion} = this, canWear = Mannequin.wears(motion.names);
    const isWorn = view.body === "character" && view.character && this.isChosen && canWear && !this.look.transparent;

    this.make = look => view.body === "stick" || !canWear
      ? new Stick(motion.names, motion.parents, look) : new Mannequin(motion.names, look);
    this.body = isWorn ? view.character : this.make(this.look);
    this.object.add(this.body.object);
    if (this.look.transparent) return;
    if (view.trail && !view.inPlace) this.addMark(new Trail(motion, this.isChosen ? "#2f9e8f" : "#94a3b8"));
    if (view.contacts && motion.contacts) this.addMark(new Contacts(motion));
    if (view.ghosts && this.isChosen && !view.inPlace) this.addGhosts();
  }

  addMark(mark) {
    this.marks.push(mark);
    this.object.add(mark.object);
  }

  addGhosts() {
    for (let k = 0; k < GHOSTS; k++) {
      const ghost = this.make(GHOST);
      ghost.pose(this.motion.pose(k * (this.motion.frames - 1) / (GHOSTS - 1)));
      this.addMark({object: ghost.object, update() {}, dispose: () => ghost.dispose()});
    }
  }

  // Show a moment; preview: places [J 3] in its stead, while something is dragged.
  update(frame, preview = null) {
    const own = Math.min(frame, this.motion.frames - 1);
    if (preview) this.places.set(preview);
    else this.motion.pose(own, this.places);
    this.body.pose(this.places);
    for (const mark of this.marks) mark.update(own);

    const [x, z] = this.view.inPlace ? [-this.places[0], -this.places[2]] : [0, 0];
    this.object.position.set(this.offset[0] + x, 0, this.offset[1] + z);
  }

  // Where the camera looks for this one: [x, z] on the floor.
  centre(frame) {
    const [x, z] = this.view.inPlace ? [0, 0] : this.motion.follow(Math.min(frame, this.motion.frames - 1));
    return [x + this.offset[0], z + this.offset[1]];
  }

  undress() {
    if (this.body) this.object.remove(this.body.object);
    if (this.body && this.body !== this.view.character) this.body.dispose();
    for (const mark of this.marks ?? []) mark.dispose();
    this.marks = [];
  }

  dispose() {
    this.undress();
    this.object.removeFromParent();
  }
}

// Places beside each other, along x, such that no two bodies meet: [[x, z], ...].
export function sideBySide(motions) {
  const gap = 0.85, places = [];
  let edge = 0;
  for (const motion of motions) {
    let [low, high] = [Infinity, -Infinity];
    for (const [x] of motion.smoothPath()) [low, high] = [Math.min(low, x), Math.max(high, x)];
    [low, high] = [Math.max(low, -1), Math.min(high, 1)];
    places.push(places.length ? edge - low + gap : 0);
    edge = places.at(-1) + high + gap / 2;
  }
  const middle = (places[0] + places.at(-1)) / 2;
  return places.map(place => [place - middle, 0]);
}

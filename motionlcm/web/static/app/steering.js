// Steering by hand: the pointer draws a path or drags joints; the list says what is fixed.

import {Handles, PathLine} from "../stage/handles.js";
import {bend, place} from "../stage/ik.js";
import {FPS} from "../core/motion.js";
import {endOf, framesOf, fromFile, isSame, lasting, round} from "./constraints.js";
import {fewer, lengths, partAt, pull, spread, withPoints} from "./path.js";
import {lengthsOf} from "./timeline.js";
import {mark, wireRadios} from "./words.js";

export const HELD = ["pelvis", "head", "left_wrist", "right_wrist", "left_ankle", "right_ankle"];
const GAP = 30, LEAST_GAP = 0.18;  // pixels, metres of the way from one handle of a path to the next
const PACE = 1.15;  // metres a second of somebody who walks a drawn path
const HINTS = {
  look: "", path: "Draw on the floor; drag points, or the line to bend it. Look (Esc) ends.",
  pin: "Drag a hand, foot, head or the pelvis. Look (Esc) ends.",
};

export class Steering {
  constructor(store, stage, playback, generator, facts) {
    Object.assign(this, {store, stage, playback, generator, facts, mode: "look", stroke: null, drag: null});
    this.handles = new Handles(stage);
    this.line = new PathLine(stage);
    this.buttons = [...document.querySelectorAll("[data-mode]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.setMode(button.dataset.mode));
    wireRadios(document.getElementById("modes"));

    const {canvas} = stage;
    canvas.addEventListener("pointerdown", event => this.press(event), {capture: true});
    canvas.addEventListener("pointermove", event => this.move(event), {capture: true});
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, event => this.release(event), {capture: true});
    stage.addEventListener("draw", () => this.draw());
    store.watch(["constraints", "results"], () => stage.redraw());
    for (const name of ["pointerenter", "focusin"]) document.getElementById("steer").addEventListener(name, () => generator.server.expectSteering());
    this.setMode("look");
  }

  setMode(mode) {
    this.mode = mode;
    if (mode !== "look") this.generator.server.expectSteering();
    for (const button of this.buttons) mark(button, button.dataset.mode === mode);
    document.getElementById("hint").textContent = HINTS[mode];
    this.stage.canvas.dataset.mode = mode;
    if (mode !== "look") {
      this.playback.play(false);
      if (this.store.doc.inPlace) this.store.change("In place", {inPlace: false});
    }
    if (mode === "path") this.playback.seek(0);
    this.stage.overlook(mode === "path" && this.stage.chosen ? () => this.path?.points ?? [] : null);
    this.stage.redraw();
  }

  // The frame of what is fixed; motions that were brought may have more or fewer a second.
  get frame() {
    return Math.round(this.playback.time * FPS);
  }

  get path() {
    return this.store.doc.constraints.find(one => one.kind === "path") ?? null;
  }

  // Handles and lines for the moment that is drawn.
  draw() {
    const {chosen} = this.stage, handles = [];
    if (!chosen) return;
    const [ox, oz] = chosen.offset, {constraints} = this.store.doc;
    const points = this.drag?.points ?? this.path?.points ?? [];
    this.shown = this.drag?.shown ?? spread(points, this.gap);
    for (const k of this.shown) {
      const [x, z] = points[k];
      handles.push({kind: "point", k, place: [x + ox, 0.02, z + oz], radius: this.mode === "path" ? 0.065 : 0.04, colour: "#1f9d8a", isHeld: this.mode === "path"});
    }
    for (const one of constraints) {
      if (one.kind !== "pin") continue;
      const now = this.playback.time * FPS, isNow = now > one.frame - 1.5 && now < endOf(one) + 1.5, [x, y, z] = one.position;
      handles.push({kind: "fixed", place: [x + ox, y, z + oz], radius: isNow ? 0.045 : 0.025, colour: isNow ? "#1f9d8a" : "#86a7a1", isHeld: false});
    }
    if (this.mode === "pin" && chosen.motion.joints === 22) {
      for (const name of HELD) {
        const [x, y, z] = place(chosen.places, chosen.motion.index(name));
        handles.push({kind: "joint", name, place: [x + ox, y, z + oz], radius: this.drag?.name === name ? 0.06 : 0.048, colour: this.drag?.name === name ? "#f0b429" : "#ffd166"});
      }
    }
    this.handles.show(handles);
    this.line.show((this.stroke ?? points).map(([x, z]) => [x + ox, z + oz]), Boolean(this.stroke));
  }

  press(event) {
    if (event.button || this.mode === "look" || !this.stage.chosen) return;
    const handle = this.handles.under(event), [ox, oz] = this.stage.chosen.offset;
    if (this.mode === "pin" && handle?.kind === "joint") this.takeJoint(handle);
    else if (this.mode === "path" && handle?.kind === "point") this.takePoint(handle.k, this.path.points);
    else if (this.mode === "path") {
      const at = this.stage.meet(event);
      if (!at) return;
      const point = [at.x - ox, at.z - oz], k = this.path ? partAt(this.path.points, point) : -1;
      if (k > 0) this.takeLine(k, point);
      else this.stroke = [point];
    } else return;
    event.stopImmediatePropagation();
    event.preventDefault();
    this.stage.canvas.setPointerCapture(event.pointerId);
    this.stage.canvas.focus({preventScroll: true});
  }

  // Metres of a path's way between its handles, in steps, so that they stay while the view moves.
  get gap() {
    const {controls, set: {camera}, canvas} = this.stage, away = camera.position.distanceTo(controls.target);
    const metre = canvas.clientHeight / (2 * away * Math.tan(camera.fov * Math.PI / 360));
    return Math.max(LEAST_GAP, 2 ** (Math.ceil(2 * Math.log2(GAP / metre)) / 2));
  }

  takePoint(k, points) {
    this.drag = {k, points, start: points, shown: [...new Set([...this.shown, k])].sort((a, b) => a - b)};
  }

  // Take hold of a line between two points: at a new one, or, of a path that has more points than
  // handles, at the nearer of the two.
  takeLine(k, point) {
    const {points} = this.path, isDense = this.shown.length < points.length;
    if (!isDense) {
      this.shown = this.shown.flatMap(one => one === k ? [k, k + 1] : one > k ? one + 1 : one);
      this.takePoint(k, points.toSpliced(k, 0, point));
      return;
    }
    const [before, behind] = [k - 1, k].map(one => Math.hypot(points[one][0] - point[0], points[one][1] - point[1]));
    this.takePoint(before < behind ? k - 1 : k, points);
  }

  takeJoint({name, ball}) {
    this.playback.play(false);
    this.playback.seek(this.frame / FPS);  // a pin is for a whole frame
    const {motion} = this.stage.chosen;
    this.drag = {name, pose: motion.pose(this.playback.frame), plane: this.stage.facing(ball.position)};
  }

  move(event) {
    if (!this.drag && !this.stroke) return;
    event.stopImmediatePropagation();
    const {chosen} = this.stage, [ox, oz] = chosen.offset;
    if (this.drag?.name) {
      const at = this.stage.meet(event, this.drag.plane);
      if (!at) return;
      this.drag.goal = [at.x - ox, Math.max(0.02, at.y), at.z - oz];
      this.stage.preview = bend(chosen.motion.names, this.drag.pose, this.drag.name, this.drag.goal);
    } else {
      const at = this.stage.meet(event);
      if (!at) return;
      const point = [at.x - ox, at.z - oz];
      if (this.drag) {
        const {start, k, shown} = this.drag;
        Object.assign(this.drag, {points: pull(start, k, point, shown), isMoved: true});
      }
      else if (Math.hypot(point[0] - this.stroke.at(-1)[0], point[1] - this.stroke.at(-1)[1]) > 0.04) this.stroke.push(point);
    }
    this.stage.redraw();
  }

  release(event) {
    const {drag, stroke, stage, path} = this;
    if (!drag && !stroke) return;
    event.stopImmediatePropagation();
    this.drag = this.stroke = null;
    if (event.type === "pointercancel") stage.preview = null;
    else if (stroke) this.endStroke(stroke);
    else if (drag.points) {
      if (drag.isMoved) this.setPath(drag.points, drag.points.length > path.points.length ? "Bend the path" : "Drag the path", path);
    }
    else if (drag.goal) {
      const index = stage.chosen.motion.index(drag.name);
      this.pin(drag.name, this.frame, place(stage.preview, index));  // what the limb can reach
    }
    stage.redraw();
  }

  endStroke(stroke) {
    const whole = lengths(stroke).at(-1);
    if (whole < 0.3) return;
    const points = fewer(stroke, 0.1).map(k => stroke[k]);
    if (Math.hypot(...points[0]) < 0.7) points[0] = [0, 0];  // the motion begins there
    this.setPath(points, "Draw a path");
  }

  setPath(points, name, before = {kind: "path", points: []}) {
    const path = withPoints(before, points.map(point => point.map(round)));
    const others = this.store.doc.constraints.filter(one => one.kind !== "path");
    this.fix(name, [path, ...others], path.frames ? this.settled() : this.fitted(path));
  }

  // Fix what a file says; its path takes the place of another one, its pins and poses of those near
  // them. A timeline takes the place of all.
  take({constraints, prompts}, name) {
    const added = fromFile(constraints, name);
    if (prompts.length) {
      this.store.change(`Open ${name}`, {blocks: prompts, selected: 0, constraints: added});
      return this.generator.generate({isNewStep: false});
    }
    const path = added.find(one => one.kind === "path"), others = this.store.doc.constraints.filter(one => !added.some(other => isSame(one, other)));
    const blocks = path && !path.frames ? this.fitted(path) : this.settled();
    return this.fix(`Constraints of ${name}`, [...added, ...others], this.lasting(blocks, framesOf(added), name));
  }

  // Blocks that last until a frame that a file names; frames that it gives whole come on top, as far
  // as there is room. Throws an Error of one line.
  lasting(blocks, {last, given}, name) {
    const count = Math.round(FPS * blocks.reduce((sum, {seconds}) => sum + seconds, 0)), word = `${name} fixes frame ${last},`;
    if (blocks.length > 1) {
      if (last >= count) throw new Error(`${word} the timeline has frames 0 to ${count - 1}; make its blocks longer first.`);
      return blocks;
    }
    const most = Math.floor(FPS * this.facts.longest), wished = Math.max(last + 1, Math.min(most, count + given));
    if (last >= most) throw new Error(`${word} one prompt has frames 0 to ${most - 1} at most; add prompts to the timeline first.`);
    return wished > count ? [{...blocks[0], seconds: round(wished / FPS)}] : blocks;
  }

  // A pin of one joint in one frame; others of the same joint near it are replaced, and one that
  // holds then is moved, for as long as it holds.
  pin(joint, frame, position) {
    const {constraints} = this.store.doc, pin = {kind: "pin", joint, frame, position: position.map(round)};
    const held = constraints.find(one => isSame(one, pin) && one.frame <= frame && endOf(one) >= frame);
    const whole = held ? lasting({...pin, frame: held.frame}, endOf(held)) : pin;
    this.fix(`Pin ${joint.replace("_", " ")}`, [...constraints.filter(one => !isSame(one, whole)), whole]);
  }

  // Change what is fixed, and make the motion that holds it. Lengths that were open are settled, so
  // that a frame stays the moment it was.
  fix(name, constraints, blocks = this.settled()) {
    this.store.change(name, {constraints, blocks});
    return this.generator.generate({isNewStep: false});
  }

  settled() {
    const spans = lengthsOf(this.store);
    return this.store.doc.blocks.map((block, k) => block.seconds ? block : {...block, seconds: round(spans[k])});
  }

  // The time that a path takes at a walk, where nobody has said another.
  fitted(path) {
    const {blocks} = this.store.doc;
    if (blocks.length > 1 || (blocks[0].seconds && !blocks[0].isFitted)) return this.settled();
    const seconds = Math.min(this.facts.longest, Math.max(2, Math.round(10 * lengths(path.points).at(-1) / PACE) / 10));
    return [{...blocks[0], seconds, isFitted: true}];
  }
}

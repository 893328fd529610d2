// Marks over the timeline for what is fixed in a frame: press one to go there, drag it to another
// time; the right end of a pin's mark is dragged to hold it longer.

import {FPS} from "../core/motion.js";
import {countOf, endOf, lasting, movedTo, nameOf, timeOf} from "./constraints.js";
import {keepFocus} from "./focus.js";
import {follow} from "./timeline.js";

const ROWS = 3, WIDE = 16;  // marks over each other at most; pixels of one

export function wireMoments(store, steering, playback) {
  const home = document.getElementById("moments");
  let last = 0;
  const draw = () => {
    const focus = keepFocus(home);
    last = store.motion ? Math.max(1, countOf(store.motion) - 1) : 0;
    const marks = (last ? store.doc.constraints : []).flatMap((one, k) => "frame" in one ? [{one, element: mark(one, k)}] : []);
    stack(marks, WIDE * last / Math.max(1, home.clientWidth));
    home.replaceChildren(...marks.map(({element}) => element));
    focus();
  };

  const mark = (one, k) => {
    const element = document.createElement("button"), name = `${nameOf(one)}, ${timeOf(one)}`, isPin = one.kind === "pin";
    Object.assign(element, {type: "button", className: one.kind, title: `${name}: press to go there, drag to another time${isPin ? ", its right end to hold it" : ""}. Keys: arrows move${isPin ? ", + and - hold" : ""}, Delete releases.`});
    element.setAttribute("aria-label", name);
    put(element, one, last);
    const edge = document.createElement("i");
    if (isPin) element.append(edge);

    const change = other => { if (other.frame !== one.frame || endOf(other) !== endOf(one)) steering.fix(other.frame === one.frame ? "Hold a pin" : "Move in time", store.doc.constraints.with(k, other)); };
    const moved = by => movedTo(one, one.frame + by, last), held = by => lasting(one, Math.min(last, endOf(one) + by));
    element.addEventListener("click", () => go(one.frame));
    element.addEventListener("pointerdown", event => {
      if (event.button) return;
      const isEdge = event.target === edge;
      let other = one;
      follow(event, element, pixels => {
        const by = Math.round(pixels / home.clientWidth * last);
        other = isEdge ? held(by) : moved(by);
        put(element, other, last);
        go(isEdge ? endOf(other) : other.frame);
      }, () => change(other));
    });
    element.addEventListener("keydown", event => {
      const way = {ArrowRight: 1, ArrowLeft: -1}[event.key], hold = isPin && {"+": 1, "=": 1, "-": -1}[event.key], step = event.shiftKey && way ? 10 : 1;
      if (way) change(moved(way * step));
      else if (hold) change(held(hold));
      else if (event.key === "Delete" || event.key === "Backspace") steering.fix("Release", store.doc.constraints.toSpliced(k, 1));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return element;
  };
  const go = frame => {
    playback.play(false);
    playback.seek(frame / FPS);
  };
  store.watch(["constraints", "results"], draw);
}

// The frame of what is fixed next before or after one, or null.
export function neighbour(constraints, frame, way) {
  const frames = constraints.flatMap(one => "frame" in one ? [one.frame, endOf(one)] : []).filter(one => way * (one - frame) > 0);
  return frames.length ? frames.reduce((best, one) => way * (one - best) < 0 ? one : best) : null;
}

function put(element, one, last) {
  const share = frame => 100 * Math.min(1, frame / last);
  element.style.left = `${share(one.frame)}%`;
  element.style.setProperty("--long", `${share(endOf(one)) - share(one.frame)}%`);
}

// Marks at one time stand below each other, in rows; wide: frames that a mark covers.
function stack(marks, wide) {
  const ends = Array(ROWS).fill(-Infinity);
  for (const {one, element} of [...marks].sort((a, b) => a.one.frame - b.one.frame)) {
    const free = ends.findIndex(end => end <= one.frame), row = free < 0 ? ends.indexOf(Math.min(...ends)) : free;
    ends[row] = endOf(one) + wide;
    element.style.setProperty("--row", row);
  }
}

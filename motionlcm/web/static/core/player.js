// The player of a page with one motion: a canvas, a button, a slider and a clock. No libraries.

import {Painter} from "./painter.js";
import {Playback, bindControls, playbackKey} from "./playback.js";

export class MotionPlayer {
  // root holds a canvas, a button, an input[type=range] and an output.
  constructor(root) {
    this.playback = new Playback();
    this.painter = new Painter(root.querySelector("canvas"));
    this.motion = null;
    bindControls(this.playback, {
      button: root.querySelector("button"), slider: root.querySelector("input[type=range]"),
      clock: root.querySelector("output"),
    });

    this.painter.listen(() => this.draw());
    this.playback.addEventListener("moved", () => this.draw());
    document.addEventListener("keydown", event => {
      if (["BODY", "CANVAS"].includes(event.target.tagName)) this.key(event);
    });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const dress = () => {
      this.painter.theme = dark.matches ? "dark" : "light";
      this.draw();
    };
    dark.addEventListener("change", dress);
    dress();
    new ResizeObserver(() => this.draw()).observe(this.painter.canvas);
    requestAnimationFrame(now => this.tick(now));
  }

  show(motion) {
    this.motion = motion;
    this.playback.measure(motion);
    this.playback.play();
  }

  draw() {
    if (this.motion) this.painter.draw(this.motion, this.playback.frame);
  }

  key(event) {
    const turns = {a: [-0.15, 0], d: [0.15, 0], w: [0, 0.1], s: [0, -0.1]};
    if (playbackKey(event, this.playback) || !(event.key in turns)) return;
    this.painter.turn(...turns[event.key]);
    this.draw();
  }

  tick(now) {
    this.playback.advance(Math.min(0.1, (now - (this.last ?? now)) / 1000));
    this.last = now;
    requestAnimationFrame(next => this.tick(next));
  }
}

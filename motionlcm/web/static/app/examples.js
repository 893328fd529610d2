// Examples to press; while the pointer or the focus is on one, it moves in a small picture.

import {Painter} from "../core/painter.js";

const EXAMPLES = [  // in short, and as they are asked for
  ["walk, turn left", "a person walks forward and turns left"], ["wave", "a person waves with the right hand"],
  ["squat", "a man squats down and stands up"], ["kick", "someone kicks with the left leg"], ["run in a circle", "a person runs in a circle"],
  ["raise arms", "a person raises both arms"], ["jump", "a person jumps"], ["lie down", "a person lies down on the floor"],
  ["dance", "a person dances"], ["throw", "a person throws a ball"], ["punch", "a man punches twice"], ["pick up", "a person picks something up"],
];
const PATIENCE = 140;  // milliseconds before a preview is asked for

export function wireExamples(store, server, generator) {
  const home = document.getElementById("examples"), canvas = document.getElementById("preview");
  const preview = new Preview(canvas, server);
  for (const [short, text] of EXAMPLES) {
    const button = document.createElement("button");
    Object.assign(button, {type: "button", textContent: short, title: text});
    button.addEventListener("click", () => {
      preview.hide();
      store.change("Example", {blocks: store.withBlock({text, seconds: null}), constraints: []});
      generator.generate({isNewStep: false});
    });
    for (const name of ["pointerenter", "focus"]) button.addEventListener(name, () => preview.show(text, button));
    for (const name of ["pointerleave", "blur"]) button.addEventListener(name, () => preview.hide());
    home.append(button);
  }
}

class Preview {
  constructor(canvas, server) {
    Object.assign(this, {canvas, server, motions: new Map(), painter: new Painter(canvas)});
    this.painter.distance = 4.4;
  }

  show(text, button) {
    this.text = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(text, button), PATIENCE);
  }

  async begin(text, button) {
    if (!this.motions.has(text)) {
      const body = {prompts: [{text, seconds: null}], variants: 1, seed: 0, steps: 1};
      this.motions.set(text, this.server.generate(body).then(({motions}) => motions[0], () => null));
    }
    const motion = await this.motions.get(text);
    if (!motion || this.text !== text) return;
    const box = button.getBoundingClientRect();
    const left = Math.min(box.right + 12, innerWidth - 200), top = Math.max(8, Math.min(box.top - 90, innerHeight - 220));
    Object.assign(this.canvas.style, {left: `${left}px`, top: `${top}px`});
    this.painter.theme = document.documentElement.dataset.theme;
    this.canvas.classList.add("shown");
    this.start = performance.now();
    if (this.motion !== motion) this.run(motion);
  }

  run(motion) {
    this.motion = motion;
    const tick = now => {
      if (this.motion !== motion) return;
      const frame = (Math.max(0, now - this.start) / 1000 * motion.fps) % (motion.frames + 8);
      this.painter.draw(motion, Math.min(frame, motion.frames - 1));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  hide() {
    clearTimeout(this.timer);
    this.text = this.motion = null;
    this.canvas.classList.remove("shown");
  }
}

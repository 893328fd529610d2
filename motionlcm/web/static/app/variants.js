// Motions side by side: a name above each, to press and keep.

import {Vector3} from "../vendor/three.js";

const ABOVE = 0.24;  // metres over the place of a head

export function wireVariants(store, stage, generator, status) {
  const home = document.getElementById("labels");
  let buttons = [];

  const keep = k => {
    const {doc} = store, {results} = doc, way = results.ways?.[k];
    generator.stop();
    const kept = {...results, motions: [results.motions[k]], asked: [results.asked[k]], labels: [results.labels[k]], chosen: 0, kind: "one", ways: null, isFirst: false};
    const facts = way ? {steps: way.steps ?? doc.steps, useTeacher: way.useTeacher} : {seed: results.motions[k].facts.seed ?? doc.seed, isLocked: true};
    store.change("Keep", {results: kept, isWanted: false, ...facts});
    status.say(`kept ${results.labels[k]}`);
    document.getElementById("canvas").focus({preventScroll: true});
  };

  store.watch(["results"], ({results}) => {
    const labels = results && results.motions.length > 1 ? results.labels : [];
    buttons = labels.map((label, k) => {
      const button = document.createElement("button");
      Object.assign(button, {type: "button", textContent: label, title: "Keep this one"});
      button.addEventListener("click", () => keep(k));
      return button;
    });
    home.replaceChildren(...buttons);
  });

  stage.addEventListener("draw", () => {
    for (const [k, button] of buttons.entries()) {
      const actor = stage.actors[k];
      if (!actor) continue;
      const [x, z] = actor.centre(stage.playback.frame), at = stage.pixels(new Vector3(x, ABOVE + actor.motion.highest, z));
      button.hidden = !at;
      if (at) Object.assign(button.style, {left: `${at[0]}px`, top: `${at[1]}px`});
    }
  });

  // a body is as good to press as its name
  let pressed = null;
  stage.canvas.addEventListener("pointerdown", event => { pressed = [event.clientX, event.clientY]; });
  stage.canvas.addEventListener("pointerup", event => {
    if (!pressed || !buttons.length || Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 4) return;
    const box = stage.canvas.getBoundingClientRect(), point = [event.clientX - box.left, event.clientY - box.top];
    const near = stage.actors.map(actor => {
      const [x, z] = actor.centre(stage.playback.frame), at = stage.pixels(new Vector3(x, 0.95, z));
      return at ? Math.hypot(at[0] - point[0], 0.4 * (at[1] - point[1])) : Infinity;
    });
    const best = near.indexOf(Math.min(...near));
    if (near[best] < 60) keep(best);
  });
}

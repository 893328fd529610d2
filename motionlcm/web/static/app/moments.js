// Marks over the timeline for what is fixed in a frame: press one to go there, drag it to another time.

import {FPS} from "../core/motion.js";
import {countOf, nameOf} from "./constraints.js";
import {follow} from "./timeline.js";

export function wireMoments(store, steering, playback) {
  const home = document.getElementById("moments");
  const draw = () => {
    const last = store.motion ? Math.max(1, countOf(store.motion) - 1) : 0;
    home.replaceChildren(...(last ? store.doc.constraints : []).flatMap((one, k) => "frame" in one ? [mark(one, k, last)] : []));
  };

  const mark = (one, k, last) => {
    const button = document.createElement("button"), name = nameOf(one), place = frame => { button.style.left = `${100 * Math.min(1, frame / last)}%`; };
    Object.assign(button, {type: "button", className: one.kind, title: `${name}, frame ${one.frame}: press to go there, drag to another time`});
    button.setAttribute("aria-label", `${name}, frame ${one.frame}`);
    place(one.frame);
    button.addEventListener("click", () => go(one.frame));
    button.addEventListener("pointerdown", event => {
      if (event.button) return;
      let frame = one.frame;
      follow(event, button, moved => {
        frame = Math.round(Math.min(last, Math.max(0, one.frame + moved / home.clientWidth * last)));
        place(frame);
        go(frame);
      }, () => { if (frame !== one.frame) steering.fix("Move in time", store.doc.constraints.with(k, {...one, frame})); });
    });
    return button;
  };
  const go = frame => {
    playback.play(false);
    playback.seek(frame / FPS);
  };
  store.watch(["constraints", "results"], draw);
}

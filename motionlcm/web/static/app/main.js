// The page: it puts everything together around the first motion.

import {Playback} from "../core/playback.js";
import {prepare} from "../stage/mannequin.js";
import {Stage} from "../stage/stage.js";
import {wireExamples} from "./examples.js";
import {Files} from "./files.js";
import {first, generator, server, status, store, worn} from "./first.js";
import {wireFixed} from "./fixed.js";
import {wireHistory} from "./history.js";
import {wireMoments} from "./moments.js";
import {wirePlot} from "./plot.js";
import {Steering} from "./steering.js";
import {wireTheme} from "./theme.js";
import {wireTimeline} from "./timeline.js";
import {wireKeys, wireTransport} from "./transport.js";
import {wireVariants} from "./variants.js";
import {mark, wireRadios, wireWords} from "./words.js";

async function open() {
  const [facts] = await Promise.all([server.opened, prepare()]);
  const playback = new Playback(), stage = stageOf(playback);
  wireTheme(stage);
  wireWords(store, generator, facts);
  wireRadios(document.getElementById("steps"));
  wireExamples(store, server, generator);
  wireTimeline(store, generator, playback, facts);
  wireTransport(store, stage, playback);
  wirePlot(store, playback);
  wireVariants(store, stage, generator, status);
  wireHistory(store, generator);
  const steering = new Steering(store, stage, playback, generator, facts);
  wireFixed(store, stage, steering, playback, generator, status);
  wireMoments(store, steering, playback);
  const files = new Files(store, stage, steering, generator, server, status);
  wireKeys(store, stage, playback, {mode: mode => steering.setMode(mode)});
  wireUndo(store, status);
  const panels = wireTabs();
  generator.addEventListener("lacking", () => panels.words());
  for (const id of ["add-block", "continue"]) document.getElementById(id).addEventListener("click", () => panels.words());
  showResults(store, stage, playback);

  await Promise.all([first, worn.then(kept => files.wearAgain(kept))]);
  document.documentElement.dataset.ready = "true";
  globalThis.page = {store, stage, playback, generator, steering, files, server};  // for the curious, and for tests
}

// Throws an Error of one line where the browser draws nothing in three dimensions.
function stageOf(playback) {
  const canvas = document.getElementById("canvas");
  if (!document.createElement("canvas").getContext("webgl2")) throw new Error("This browser has no WebGL 2, which the stage needs: turn on its hardware acceleration, or take another browser.");
  return new Stage(canvas, playback);
}

// The stage shows what the document's results are. Who wants less motion presses Play.
function showResults(store, stage, playback) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  if (isCalm.matches) playback.play(false);
  let count = 1;
  store.watch(["results", "before"], (doc, {before, isTravel}) => {
    const {results} = doc;
    if (!results) return;
    const longest = results.motions.reduce((a, b) => a.frames >= b.frames ? a : b);
    // what is steered in this frame, refined or undone is looked at where it is
    const isSame = isTravel || before.results?.isFirst || (doc.constraints.length > 0 && !playback.playing);
    stage.show(results.motions, {chosen: results.chosen, before: doc.before});
    playback.measure(longest, {restart: !isSame});
    if (!isSame && !isCalm.matches) playback.play();
    if (results.motions.length !== count) stage.frameAll();
    count = results.motions.length;
  });
}

function wireUndo(store, status) {
  const buttons = {undo: store.past, redo: store.future};
  for (const name of Object.keys(buttons)) {
    document.getElementById(name).addEventListener("click", () => {
      const step = (name === "undo" ? store.past : store.future).at(-1);
      store[name]();
      if (step) status.say(`${name === "undo" ? "undid" : "did again"}: ${step.name}`);
    });
  }
  const show = () => {
    document.getElementById("undo").disabled = !store.past.length;
    document.getElementById("redo").disabled = !store.future.length;
  };
  store.addEventListener("change", show);
  show();
}

// On a wide screen the words stay beside the other panels; on a phone one panel is seen. words():
// bring those to sight, to be typed.
function wireTabs() {
  const isPhone = () => getComputedStyle(document.querySelector(".tabs.phone")).display !== "none";
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const show = name => {
    for (const tab of tabs) mark(tab, tab.dataset.panel === name, "aria-selected");
    for (const panel of document.querySelectorAll(".panel")) {
      panel.classList.toggle("current", panel.id === name);
      if (panel.id !== "words" && name !== "words") panel.classList.toggle("shown", panel.id === name);
    }
  };
  for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.panel));
  for (const list of document.querySelectorAll("[role=tablist]")) {
    list.addEventListener("keydown", event => {
      const way = {ArrowRight: 1, ArrowLeft: -1}[event.key], own = [...list.children], at = own.indexOf(document.activeElement);
      if (!way || at < 0) return;
      event.preventDefault();
      const next = own[(at + way + own.length) % own.length];
      next.focus();
      show(next.dataset.panel);
    });
  }
  show("steer");
  if (isPhone()) show("words");
  return {words() {
    if (isPhone()) show("words");
    document.getElementById("prompt").focus();
  }};
}

open().catch(async error => {
  await first.catch(() => {});  // which tells its own
  status.wrong(error.message);
});

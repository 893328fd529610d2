// Playing, the view's switches, and the keys that work everywhere.

import {FPS} from "../core/motion.js";
import {bindControls, playbackKey} from "../core/playback.js";
import {neighbour} from "./moments.js";
import {blockAt} from "./timeline.js";

const KEYS = [
  ["Space", "play or pause"], ["← →", "one frame back or on, with Shift ten"], ["↑ ↓", "what is fixed before, next"], ["Home, End", "first, last frame"],
  ["Enter", "in the prompt: generate"], ["/", "go to the prompt"], ["V", "four variants"], ["1-9", "keep that one of several"],
  ["P, I, Esc", "draw a path, pin, just look"], ["K", "key pose of this frame"], ["L", "repeat"], ["G", "plot"], ["F", "see everybody"],
  ["B", "mannequin, stick, character"], ["C", "follow, orbit, top"], ["W A S D", "turn the view"], ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"],
  ["Ctrl+S, Ctrl+O", "save, open a session"], ["T", "dark or light"],
  ["On a prompt's block", "arrows select, with Alt move; + − stretch, Delete takes it away"], ["On a mark over it", "arrows move, + − hold a pin, Delete releases"],
  ["Pointer", "drag turns, wheel or two fingers zoom, right button or two fingers move the view"],
];

export function wireTransport(store, stage, playback) {
  const at = id => document.getElementById(id);
  bindControls(playback, {button: at("play"), slider: at("frame"), clock: at("clock")});
  at("speed").addEventListener("change", event => { playback.speed = Number(event.target.value); });
  toggle(at("repeat"), isOn => { playback.repeats = isOn; });
  at("centre").addEventListener("click", () => stage.frameAll());
  wireView(store, stage);

  playback.addEventListener("moved", () => {
    at("count").textContent = `${Math.round(playback.frame)} / ${playback.frames - 1}`;
    const words = saying(store, playback.time);
    if (at("saying").textContent === words) return;
    at("saying").replaceChildren(...(words ? [Object.assign(document.createElement("span"), {textContent: words})] : []));
  });
  store.watch(["results"], ({results}) => at("timeline").classList.toggle("aside", results?.kind === "file"));
}

// What is played at a time: a file, or one of several prompts.
function saying(store, time) {
  const {blocks, results} = store.doc;
  if (results?.kind === "file") return results.labels[0];
  return blocks.length > 1 ? blocks[blockAt(store, time)].text : "";
}

// What is shown of the bodies, and whence; undone as all else is.
function wireView(store, stage) {
  const selects = ["body", "camera"].map(name => document.getElementById(name)), buttons = [...document.querySelectorAll("[data-view]")];
  const change = (name, patch) => store.change(name, {view: {...store.doc.view, ...patch}});
  for (const select of selects) select.addEventListener("change", () => change(`${select.id}: ${select.value}`, {[select.id]: select.value}));
  for (const button of buttons) {
    const name = button.dataset.view, title = button.textContent;
    button.addEventListener("click", () => {
      if (name === "inPlace") store.change(title, {inPlace: !store.doc.inPlace});
      else change(title, {[name]: !store.doc.view[name]});
    });
  }

  store.watch(["view", "character", "inPlace"], ({view, character, inPlace}) => {
    const body = view.body === "character" && !character ? "mannequin" : view.body, shown = {...view, body, character, inPlace};
    document.querySelector("#body [value=character]").disabled = !character;
    for (const select of selects) select.value = shown[select.id];
    for (const button of buttons) button.setAttribute("aria-pressed", shown[button.dataset.view]);
    stage.look(shown);
  });
}

// A button that is on or off.
export function toggle(button, call) {
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", isOn);
    call(isOn);
  });
}

export function wireKeys(store, stage, playback, actions) {
  const press = id => document.getElementById(id).click();
  const next = id => {
    const select = document.getElementById(id), options = [...select.options].filter(option => !option.disabled);
    select.value = options[(options.findIndex(option => option.value === select.value) + 1) % options.length].value;
    select.dispatchEvent(new Event("change"));
  };
  const letters = {
    "/": () => document.getElementById("prompt").select(), v: () => press("four"), k: () => press("add-pose"), l: () => press("repeat"),
    g: () => press("plotting"), f: () => press("centre"), t: () => press("theme"), b: () => next("body"), c: () => next("camera"),
    "?": () => press("help"), p: () => actions.mode("path"), i: () => actions.mode("pin"), Escape: () => actions.mode("look"),
  };
  const turns = {a: [-0.12, 0], d: [0.12, 0], w: [0, -0.08], s: [0, 0.08]};

  document.addEventListener("keydown", event => {
    const isTyping = event.target.closest("input:not([type=range]):not([type=checkbox]), textarea, dialog");
    if (event.ctrlKey || event.metaKey) return chord(event, press, isTyping);
    if (isTyping || event.altKey) return;
    if (event.target.closest("button, select, input") && [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    if (playbackKey(event, playback)) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") return toNeighbour(event, store, playback);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in turns) turn(stage, ...turns[key]);
    else if (/^[1-9]$/.test(key)) document.querySelectorAll("#labels button")[key - 1]?.click();
    else if (key in letters) letters[key]();
    else return;
    event.preventDefault();
  });

  const list = document.querySelector("#keys dl");
  for (const [key, does] of KEYS) {
    list.append(Object.assign(document.createElement("dt"), {textContent: key}), Object.assign(document.createElement("dd"), {textContent: does}));
  }
  document.getElementById("help").addEventListener("click", () => document.getElementById("keys").showModal());
}

// Go to the moment of what is fixed before or after the one that is shown.
function toNeighbour(event, store, playback) {
  const frame = neighbour(store.doc.constraints, Math.round(playback.time * FPS), event.key === "ArrowDown" ? 1 : -1);
  event.preventDefault();
  if (frame === null) return;
  playback.play(false);
  playback.seek(frame / FPS);
}

function chord(event, press, isTyping) {
  const key = event.key.toLowerCase();
  if (key === "z" && !isTyping) press(event.shiftKey ? "redo" : "undo");
  else if (key === "y" && !isTyping) press("redo");
  else if (key === "s") press("keep");
  else if (key === "o") press("open");
  else return;
  event.preventDefault();
}

// Turn the view around what it looks at, by angles.
function turn(stage, across, up) {
  const {target} = stage.controls, {position} = stage.set.camera, away = position.clone().sub(target);
  const radius = away.length(), polar = Math.min(1.6, Math.max(0.05, Math.acos(away.y / radius) + up)), azimuth = Math.atan2(away.x, away.z) + across;
  position.set(target.x + radius * Math.sin(polar) * Math.sin(azimuth), target.y + radius * Math.cos(polar), target.z + radius * Math.sin(polar) * Math.cos(azimuth));
  stage.controls.update();
  stage.redraw();
}

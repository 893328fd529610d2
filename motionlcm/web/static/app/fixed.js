// The panel of what is fixed: buttons that fix something in this frame, the list to edit, the report.

import {FPS} from "../core/motion.js";
import {countOf, endOf, isSame, lasting, movedTo, nameOf, poseOf, round} from "./constraints.js";
import {keepFocus} from "./focus.js";
import {chosenPoints, fewer, withPoints} from "./path.js";

const CARRIED = 8;  // frames that a continued motion begins with
const MANY = 16;  // points of a path that may be made fewer
const REACH = 0.03;  // metres by which a path of fewer points may leave its line
const REPORT = {
  error_mm: ["farthest off", "mm", 1, 1], slip: ["feet slide", "m/s", 1, 2], heading_gap: ["heading off", "°", 1, 0],
  jerk: ["jerk", "", 1, 0], text_agreement: ["like the words", "", 1, 2],
};

export function wireFixed(store, stage, steering, playback, generator, status) {
  const at = id => document.getElementById(id);
  const joints = ["pelvis", "head", "left_wrist", "right_wrist", "left_ankle", "right_ankle", "left_elbow", "right_elbow", "left_knee", "right_knee", "left_foot", "right_foot"];
  at("joint").append(...joints.map(name => new Option(name.replace("_", " "), name)));
  const needsMotion = call => () => store.motion ? call(store.motion) : status.wrong("There is no motion yet; press Generate.");

  at("add-pin").addEventListener("click", needsMotion(motion => {
    const joint = at("joint").value;
    steering.pin(joint, steering.frame, poseOf(motion, steering.frame)[motion.index(joint)]);
  }));
  at("add-path").addEventListener("click", () => steering.setPath([[0, 0], [0, 1], [0, 2], [0, 3]], "A straight path"));
  at("add-pose").addEventListener("click", needsMotion(motion => addPose(store, steering, poseOf(motion, steering.frame), steering.frame, "Key pose")));
  at("ends").addEventListener("click", needsMotion(motion => {
    const last = countOf(motion) - 1, others = store.doc.constraints.filter(one => one.kind !== "given");
    steering.fix("In between", [...others, given(motion, 0, 1, false, "First pose"), given(motion, last, 1, true, "Last pose")]);
  }));
  at("continue").addEventListener("click", needsMotion(motion => {
    const whole = countOf(motion), count = Math.min(CARRIED, whole), text = store.block.text;
    store.change("Continue", {
      constraints: [given(motion, whole - count, count, false, `Goes on from "${text}"`)],
      blocks: [{text, seconds: 4}], selected: 0, before: motion,
    });
    at("prompt").select();
    status.say("Say what comes next, and press Enter");
  }));
  at("release").addEventListener("click", () => {
    if (store.doc.constraints.length) steering.fix("Release all", []);
  });

  at("tolerance").addEventListener("input", event => store.change("Tolerance", {tolerance: Number(event.target.value)}, {merge: true}));
  at("tolerance").addEventListener("change", () => again(store, generator));
  at("effort").addEventListener("change", event => {
    store.change("Effort", {effort: event.target.value});
    again(store, generator);
  });
  at("seamless").addEventListener("change", event => {
    store.change("Make a loop", {seamless: event.target.checked});
    generator.generate({isNewStep: false});
  });

  store.watch(["constraints", "tolerance", "effort", "seamless", "results"], (doc, {before}) => {
    at("tolerance").value = doc.tolerance;
    at("tolerance-shown").textContent = `${doc.tolerance} cm`;
    at("effort").value = doc.effort;
    at("seamless").checked = doc.seamless;
    at("release").disabled = !doc.constraints.length;
    if (doc.constraints !== before.constraints || !at("constraints").childElementCount) list(at("constraints"), store, steering, playback);
    report(at("report"), store.motion?.facts.report);
  });
}

// Moments of a motion that the next one begins or ends with, whole.
function given(motion, first, count, isEnd, name) {
  const poses = Array.from({length: count}, (_, k) => poseOf(motion, first + k));
  return {kind: "given", isEnd, poses, name};
}

// Fix a whole pose [J][x y z] in a frame.
export function addPose(store, steering, places, frame, name) {
  const pose = {kind: "pose", frame, places, name};
  return steering.fix(name, [...store.doc.constraints.filter(one => !isSame(one, pose)), pose]);
}

function again(store, generator) {
  if (store.doc.constraints.length) generator.generate({isNewStep: false});
}

function list(home, store, steering, playback) {
  const replace = (k, one, name) => steering.fix(name, one ? store.doc.constraints.with(k, one) : store.doc.constraints.toSpliced(k, 1));
  const focus = keepFocus(home), isOpen = Boolean(home.querySelector("details[open]"));
  home.replaceChildren(...store.doc.constraints.map((one, k) => {
    const item = document.createElement("li"), head = row("head", title(one, playback));
    const time = "frame" in one && field("frame", one.frame, 1, frame => replace(k, movedTo(one, Math.round(frame)), "Move in time"));
    if (one.kind === "pose") head.append(time);
    head.append(remover(`release ${nameOf(one)}`, () => replace(k, null, "Release")));
    item.append(head);
    if (one.kind === "pin") item.append(row("numbers", time, field("to", endOf(one), 1, end => replace(k, lasting(one, Math.round(end)), "Hold a pin"))));
    if (one.kind === "pin") item.append(row("numbers", ...one.position.map((value, axis) => field("xyz"[axis], value, 0.01, number => replace(k, {...one, position: one.position.with(axis, number)}, "Move a pin")))));
    if (one.kind === "path") item.append(points(one, isOpen, moved => replace(k, moved, "Move a point")));
    return item;
  }));
  focus();
}

// The name of what is fixed; of what has a moment, to press and go there.
function title(one, playback) {
  const name = Object.assign(document.createElement("b"), {textContent: nameOf(one)});
  if (!("frame" in one)) return name;
  const go = Object.assign(document.createElement("button"), {type: "button", className: "go", title: "Go to its frame"});
  go.append(name);
  go.addEventListener("click", () => playback.seek(one.frame / FPS));
  return go;
}

// The points of a path to type, once they are asked for; they stay open.
function points(path, isOpen, change) {
  const details = document.createElement("details"), summary = document.createElement("summary");
  summary.textContent = `${path.points.length} points`;
  details.append(summary);
  const fill = () => details.append(...pointRows(path, change));
  if (isOpen) fill();
  else details.addEventListener("toggle", fill, {once: true});
  details.open = isOpen;
  return details;
}

function pointRows(path, change) {
  const rows = path.points.map((point, k) => {
    const fields = point.map((value, axis) => field("xz"[axis], value, 0.1, number => change(withPoints(path, path.points.with(k, point.with(axis, number))))));
    const remove = remover(`take point ${k + 1} away`, () => change(withPoints(path, path.points.toSpliced(k, 1))));
    return row("numbers", ...fields, ...(path.points.length > 2 ? [remove] : []));
  });
  const [before, last] = path.points.slice(-2), next = last.map((value, axis) => round(2 * value - before[axis]));
  rows.push(button("+ point", () => change(withPoints(path, [...path.points, next]))));
  const few = path.points.length > MANY ? fewer(path.points, REACH) : path.points;
  if (few.length < path.points.length) rows.unshift(button(`only the ${few.length} that shape it`, () => change(chosenPoints(path, few))));
  return rows;
}

function row(className, ...children) {
  const element = Object.assign(document.createElement("div"), {className});
  element.append(...children);
  return element;
}

function remover(name, press) {
  const element = Object.assign(document.createElement("button"), {type: "button", className: "remove", textContent: "×", title: name});
  element.setAttribute("aria-label", name);
  element.addEventListener("click", press);
  return element;
}

function field(name, value, step, change) {
  const label = document.createElement("label"), input = document.createElement("input");
  Object.assign(input, {type: "number", value, step: String(step)});
  // once the Tab key has come to the next field, which is then made anew
  input.addEventListener("change", () => setTimeout(() => { if (Number.isFinite(input.valueAsNumber)) change(input.valueAsNumber); }));
  label.append(name, input);
  return label;
}

function button(text, press) {
  const element = Object.assign(document.createElement("button"), {type: "button", className: "narrow", textContent: text});
  element.addEventListener("click", press);
  return element;
}

function report(home, facts) {
  const rows = Object.entries(REPORT).filter(([key]) => facts?.[key]);
  const cell = (name, text) => Object.assign(document.createElement(name), {textContent: text});
  const shown = (entry, [, unit, scale, digits]) => typeof entry === "number" ? `${(scale * entry).toFixed(digits)} ${unit}`.trim() : "–";
  home.replaceChildren(...(rows.length ? [cell("dt", ""), cell("dd", "steered"), cell("dd", "free")] : []), ...rows.flatMap(([key, row]) => [
    cell("dt", row[0]), cell("dd", shown(facts[key].value, row)), cell("dd", shown(facts[key].free, row)),
  ]));
}

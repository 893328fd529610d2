// Root height, speed and contacts over time, as one picture with its units, and their values now.

const FEET = ["left ankle", "left toe", "right ankle", "right toe"];
const COLOURS = {height: "#3b76d8", speed: "#1f9d8a", left: "#3b76d8", right: "#e0683a"};
const EDGE = {left: 0, right: 0, top: 6, bottom: 16};  // pixels; left and right as the timeline has them
const NARROW = 60, CAPTION = 11;  // pixels beside the plot that its words need; over the contacts, where they stand in it
const SVG = "http://www.w3.org/2000/svg";

export function wirePlot(store, playback) {
  const button = document.getElementById("plotting"), figure = document.getElementById("plot"), svg = figure.querySelector("svg");
  let shown = null;
  const move = () => shown?.move(playback.frame);
  const draw = () => {
    if (figure.hidden || !store.motion) return;
    beneath(svg, document.getElementById("timeline"));
    shown = plot(svg, store.motion);
    move();
  };
  button.addEventListener("click", () => {
    figure.hidden = !figure.hidden;
    button.setAttribute("aria-pressed", !figure.hidden);
    draw();
  });
  const scrub = event => {
    const share = (event.clientX - svg.getBoundingClientRect().left - EDGE.left) / (svg.clientWidth - EDGE.left - EDGE.right);
    playback.play(false);
    playback.seek(share * playback.lastTime);
  };
  svg.addEventListener("pointerdown", event => {
    svg.setPointerCapture(event.pointerId);
    scrub(event);
  });
  svg.addEventListener("pointermove", event => { if (event.buttons) scrub(event); });
  store.watch(["results"], draw);
  playback.addEventListener("moved", move);
  new ResizeObserver(draw).observe(figure);
}

// Let time begin and end where the timeline over the plot does.
function beneath(svg, line) {
  const own = svg.getBoundingClientRect(), other = line.getBoundingClientRect();
  EDGE.left = other.left - own.left;
  EDGE.right = own.right - other.right;
}

// Whether there is no room for words beside the plot, as on a phone: they stand in it.
function isNarrow() {
  return Math.min(EDGE.left, EDGE.right) < NARROW;
}

// Metres of the root over the floor and metres a second over it, a number a frame.
export function curves(motion) {
  const height = [], speed = [];
  for (let f = 0; f < motion.frames; f++) {
    const [a, b] = [Math.max(0, f - 1), Math.min(motion.frames - 1, f + 1)], from = motion.joint(0, a), to = motion.joint(0, b);
    height.push(motion.joint(0, f)[1]);
    speed.push(b > a ? Math.hypot(to[0] - from[0], to[2] - from[2]) * motion.fps / (b - a) : 0);
  }
  return {height, speed};
}

function along(frame, frames, width) {
  return EDGE.left + (width - EDGE.left - EDGE.right) * frame / Math.max(1, frames - 1);
}

function plot(svg, motion) {
  const width = svg.clientWidth, height = svg.clientHeight, isInside = isNarrow(), lanes = 4 * 9 + (isInside ? CAPTION : 0), gap = isInside ? 4 : 10;
  const part = (height - EDGE.top - EDGE.bottom - lanes - 2 * gap) / 2;
  const {height: heights, speed} = curves(motion);
  svg.replaceChildren();
  axis(svg, motion, width, height);
  const values = [
    curve(svg, heights, {name: "height", unit: "m", top: EDGE.top, part, width, colour: COLOURS.height}),
    curve(svg, speed, {name: "speed", unit: "m/s", top: EDGE.top + part + gap, part, width, colour: COLOURS.speed}),
  ];
  contacts(svg, motion, EDGE.top + 2 * (part + gap), width);
  svg.setAttribute("aria-label", `Root height ${span(heights)} m, speed ${span(speed)} m/s over ${motion.seconds.toFixed(1)} s.`);
  const now = add(svg, "line", {x1: 0, x2: 0, y1: EDGE.top, y2: height - EDGE.bottom, class: "now"});
  return {move(frame) {
    now.setAttribute("transform", `translate(${along(frame, motion.frames, width)} 0)`);
    for (const tell of values) tell(Math.round(frame));
  }};
}

function span(values) {
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
}

function axis(svg, motion, width, height) {
  const step = motion.seconds > 20 ? 5 : motion.seconds > 6 ? 2 : 1;
  for (let t = 0; t <= (motion.frames - 1) / motion.fps; t += step) {
    const x = along(t * motion.fps, motion.frames, width);
    add(svg, "line", {x1: x, x2: x, y1: EDGE.top, y2: height - EDGE.bottom, class: "rule"});
    const anchor = x < 10 ? "start" : x > width - 10 ? "end" : "middle";
    add(svg, "text", {x, y: height - 5, "text-anchor": anchor}, `${t} s`);
  }
}

function curve(svg, values, {name, unit, top, part, width, colour}) {
  const low = Math.min(0, ...values), high = Math.max(...values, low + 0.1);
  const y = value => top + part * (1 - (value - low) / (high - low));
  add(svg, "line", {x1: EDGE.left, x2: width - EDGE.right, y1: top + part, y2: top + part, class: "rule"});
  const points = values.map((value, f) => `${along(f, values.length, width).toFixed(1)},${y(value).toFixed(1)}`);
  add(svg, "polyline", {points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 2, "stroke-linejoin": "round"});

  const isInside = isNarrow(), middle = top + part / 2 + 4;
  add(svg, "text", {x: EDGE.left + (isInside ? 2 : -8), y: middle, "text-anchor": isInside ? "start" : "end"}, name);
  if (part > 26 && !isInside) add(svg, "text", {x: EDGE.left - 8, y: top + 6, "text-anchor": "end", "font-size": 9}, `${high.toFixed(1)} ${unit}`);
  const value = add(svg, "text", {x: width - EDGE.right + (isInside ? -2 : 6), y: middle, "text-anchor": isInside ? "end" : "start", class: "value"});
  return frame => { value.textContent = `${values[Math.min(frame, values.length - 1)].toFixed(2)} ${unit}`; };
}

function contacts(svg, motion, top, width) {
  const isInside = isNarrow();
  if (isInside) add(svg, "text", {x: EDGE.left + 2, y: top + 7, "font-size": 9}, `stands: ${FEET.join(", ")}`);
  for (const [k, name] of FEET.entries()) {
    const y = top + 9 * k + (isInside ? CAPTION : 0);
    if (!isInside) add(svg, "text", {x: EDGE.left - 8, y: y + 8, "text-anchor": "end", "font-size": 9}, name);
    for (let f = 0, start = -1; motion.contacts && f <= motion.frames; f++) {
      const stands = f < motion.frames && motion.contacts[4 * f + k];
      if (stands && start < 0) start = f;
      if (stands || start < 0) continue;
      const x = along(start, motion.frames, width);
      add(svg, "rect", {x, y: y + 1, width: Math.max(2, along(f - 1, motion.frames, width) - x), height: 6, rx: 3, fill: COLOURS[name.split(" ")[0]]});
      start = -1;
    }
  }
}

function add(svg, name, attributes, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  svg.append(element);
  return element;
}

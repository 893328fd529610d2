// A figure painted on a canvas without libraries: rounded, shaded limbs over a fading floor.
// For saved pages, notebooks, the page without a server, and small previews.

import {COLOURS, radiiOf, tintOf} from "./skeleton.js";

const FOCAL = 1.35;  // of the canvas' height
const STEP = 0.5;  // metres between the floor's lines
const REACH = 12;  // lines either side of the body
const THEMES = {
  light: {floor: "#9aa5b4", shadow: "rgba(60, 70, 90, 0.16)", trunk: "#8a93a2"},
  dark: {floor: "#56627a", shadow: "rgba(0, 0, 0, 0.4)", trunk: "#aab3c2"},
};

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    Object.assign(this, {azimuth: 0.66, height: 0.2, distance: 3.6});
    this.theme = "light";
  }

  // Turn and zoom by pointer and wheel; changed is called after each.
  listen(changed) {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", event => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", event => {
      if (!event.buttons) return;
      this.turn(event.movementX * -0.01, event.movementY * 0.01);
      changed();
    });
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.distance = Math.min(15, Math.max(1.5, this.distance * Math.exp(event.deltaY * 0.001)));
      changed();
    }, {passive: false});
  }

  turn(across, up) {
    this.azimuth += across;
    this.height = Math.min(1.5, Math.max(-0.1, this.height + up));
  }

  draw(motion, frame) {
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.lineCap = "round";

    const [x, z] = motion.follow(frame);
    const view = this.view([x, 0.92, z], width, height);
    const places = motion.parents.map((_, joint) => motion.joint(joint, frame));
    this.drawFloor(context, view, [x, z]);
    this.drawShadow(context, view, motion, places);
    this.drawBody(context, view, motion, places);
  }

  // A function from a place in the world to [x, y, depth, pixels a metre]; null behind the camera.
  view(target, width, height) {
    const side = Math.cos(this.azimuth), ahead = Math.sin(this.azimuth);
    const low = Math.cos(this.height), high = Math.sin(this.height);
    const focal = FOCAL * Math.min(height, 1.4 * width);
    return point => {
      const [dx, dy, dz] = point.map((value, k) => value - target[k]);
      const right = dx * side - dz * ahead, near = dx * ahead + dz * side;
      const depth = this.distance - near * low - dy * high, up = dy * low - near * high;
      if (depth < 0.1) return null;
      return [width / 2 + right * focal / depth, height / 2 - up * focal / depth, depth, focal / depth];
    };
  }

  drawFloor(context, view, [x, z]) {
    const centre = [Math.round(x / STEP), Math.round(z / STEP)];
    context.strokeStyle = THEMES[this.theme].floor;
    context.lineWidth = 1;
    for (let i = -REACH; i <= REACH; i++) {
      for (let j = -REACH; j < REACH; j++) {
        context.globalAlpha = 0.55 * Math.max(0, 1 - Math.hypot(i, j) / REACH);
        for (const [a, b, c, d] of [[i, j, i, j + 1], [j, i, j + 1, i]]) {
          const ends = [[a, b], [c, d]].map(([p, q]) => view([(centre[0] + p) * STEP, 0, (centre[1] + q) * STEP]));
          if (ends[0] && ends[1]) line(context, ...ends);
        }
      }
    }
    context.globalAlpha = 1;
  }

  drawShadow(context, view, motion, places) {
    context.strokeStyle = THEMES[this.theme].shadow;
    context.beginPath();
    let scale = 0;
    for (const [joint, parent] of motion.parents.entries()) {
      if (parent < 0) continue;
      const [from, to] = [parent, joint].map(j => view([places[j][0], 0, places[j][2]]));
      if (!from || !to) continue;
      context.moveTo(from[0], from[1]);
      context.lineTo(to[0], to[1]);
      scale = Math.max(scale, to[3]);
    }
    context.lineWidth = 0.1 * scale;
    context.lineJoin = "round";
    context.stroke();
  }

  drawBody(context, view, motion, places) {
    const bones = [];
    for (const [joint, parent] of motion.parents.entries()) {
      if (parent < 0) continue;
      const name = motion.names[joint], tip = name === "head" ? beyond(places[parent], places[joint], 0.45) : places[joint];
      const from = view(places[parent]), to = view(tip);
      if (from && to) bones.push({from, to, name});
    }
    bones.sort((a, b) => b.from[2] + b.to[2] - a.from[2] - a.to[2]);
    for (const {from, to, name} of bones) {
      const tint = tintOf(name), colour = tint === "trunk" ? THEMES[this.theme].trunk : COLOURS[tint];
      const [start, end] = radiiOf(name);
      limb(context, from, to, start * from[3], end * to[3], colour);
      if (name === "head") limb(context, to, to, 0.1 * to[3], 0.1 * to[3], colour);
    }
  }
}

function beyond(from, to, share) {
  return to.map((value, k) => value + (value - from[k]) * share);
}

// A tapered limb with round ends, lit from the upper left.
function limb(context, from, to, start, end, colour) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]), length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const lean = length > Math.abs(start - end) ? Math.acos((start - end) / length) : Math.PI / 2;
  const radius = Math.max(start, end), x = (from[0] + to[0]) / 2, y = (from[1] + to[1]) / 2;
  const reach = radius + length / 2;

  const light = context.createRadialGradient(x - reach * 0.35, y - reach * 0.45, 0, x, y, reach * 1.25);
  light.addColorStop(0, blend(colour, 255, 0.28));
  light.addColorStop(0.55, colour);
  light.addColorStop(1, blend(colour, 0, 0.28));
  context.fillStyle = light;
  context.beginPath();
  context.arc(from[0], from[1], start, angle + lean, angle - lean + 2 * Math.PI);
  context.arc(to[0], to[1], end, angle - lean, angle + lean);
  context.closePath();
  context.fill();
}

// A colour #rrggbb a share of the way to black (0) or white (255).
function blend(colour, goal, share) {
  const parts = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map(part => Math.round(part + (goal - part) * share)).join(" ")})`;
}

function line(context, from, to) {
  context.beginPath();
  context.moveTo(from[0], from[1]);
  context.lineTo(to[0], to[1]);
  context.stroke();
}

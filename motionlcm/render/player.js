// A motion on a canvas: drag turns, the wheel zooms, space or the button plays. No libraries.
// new MotionPlayer(root).show({fps, parents, names, positions})  positions: Float32Array [T J 3], metres, Y up.
"use strict";

class MotionPlayer {
  static COLOURS = {left: "#2e6ed6", right: "#e25e2e", "": "#424a5a"};
  static BACKGROUND = "#f6f7f9";
  static GRID = "#bcc3cd";
  static FOCAL = 1.35;  // of the canvas' height
  static GRID_REACH = 12;  // lines either side of the body, half a metre apart

  constructor(root) {
    this.canvas = root.querySelector("canvas");
    this.button = root.querySelector("button");
    this.slider = root.querySelector("input[type=range]");
    this.clock = root.querySelector("output");
    this.azimuth = 0.66;
    this.height = 0.2;
    this.distance = 3.6;
    this.time = 0;
    this.playing = true;
    this._listen();
    new ResizeObserver(() => this._draw()).observe(this.canvas);
    requestAnimationFrame(now => this._tick(now));
  }

  // What show takes, from the numbers in base64 that the page or a server gives.
  static decode(content) {
    const bytes = Uint8Array.from(atob(content.numbers), c => c.charCodeAt(0));
    const positions = Float32Array.from(new Int16Array(bytes.buffer), value => value * content.unit);
    return {...content, positions};
  }

  show(motion) {
    this.motion = motion;
    this.joints = motion.parents.length;
    this.frames = motion.positions.length / (3 * this.joints);
    this.slider.max = Math.max(this.frames - 1, 0);
    this.path = this._smoothPath();
    this.time = 0;
    this._draw();
  }

  get frame() {
    return Math.min(this.time * this.motion.fps, this.frames - 1);
  }

  set frame(frame) {
    this.time = frame / this.motion.fps;
    this._draw();
  }

  play(on = true) {
    this.playing = on;
    this.button.textContent = on ? "Pause" : "Play";
  }

  // The place [x y z] of a joint at a time between two frames.
  joint(index, frame = this.frame) {
    const first = Math.floor(frame), next = Math.min(first + 1, this.frames - 1), share = frame - first;
    const at = f => 3 * (f * this.joints + index);
    const p = this.motion.positions;
    return [0, 1, 2].map(k => p[at(first) + k] * (1 - share) + p[at(next) + k] * share);
  }

  _listen() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", event => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", event => {
      if (!event.buttons) return;
      this.azimuth -= event.movementX * 0.01;
      this.height = Math.min(1.5, Math.max(-0.1, this.height + event.movementY * 0.01));
      this._draw();
    });
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.distance = Math.min(15, Math.max(1.5, this.distance * Math.exp(event.deltaY * 0.001)));
      this._draw();
    }, {passive: false});
    this.button.addEventListener("click", () => this.play(!this.playing));
    this.slider.addEventListener("input", () => {
      this.play(false);
      this.frame = Number(this.slider.value);
    });
    document.addEventListener("keydown", event => {
      if (!["BODY", "CANVAS"].includes(event.target.tagName)) return;
      if (event.key === " ") this.play(!this.playing);
      else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        const way = event.key === "ArrowRight" ? 1 : -1;
        this.play(false);
        this.frame = Math.min(this.frames - 1, Math.max(0, Math.round(this.frame) + way));
      } else return;
      event.preventDefault();
    });
  }

  _tick(now) {
    const elapsed = Math.min(0.1, (now - (this.last ?? now)) / 1000);
    this.last = now;
    if (this.motion && this.playing) {
      this.time += elapsed;
      // a loop goes on from its last pose, which is its first; others hold it for half a second
      const end = (this.frames - 1) / this.motion.fps;
      if (this.motion.loops && this.time > end) this.time %= end;
      else if (this.time > end + 0.5) this.time = 0;
      this._draw();
    }
    requestAnimationFrame(next => this._tick(next));
  }

  // The root's way over the ground, averaged over a second: what the camera looks at.
  _smoothPath() {
    const reach = Math.round(this.motion.fps / 2), path = [];
    for (let f = 0; f < this.frames; f++) {
      const near = [];
      for (let g = Math.max(0, f - reach); g <= Math.min(this.frames - 1, f + reach); g++) near.push(this.joint(0, g));
      path.push([0, 2].map(k => near.reduce((sum, p) => sum + p[k], 0) / near.length));
    }
    return path;
  }

  _draw() {
    if (!this.motion) return;
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.lineCap = "round";
    context.fillStyle = MotionPlayer.BACKGROUND;
    context.fillRect(0, 0, width, height);
    const view = this._view(width, height);
    this._drawGrid(context, view);
    this._drawBody(context, view);
    const frame = Math.round(this.frame);
    this.slider.value = frame;
    this.clock.textContent = `${Math.min(this.time, this.frames / this.motion.fps).toFixed(1)} s`;
  }

  // A function from a place in the world to [x, y, depth, pixels a metre], null behind the camera.
  _view(width, height) {
    const [x, z] = this.path[Math.round(this.frame)];
    const target = [x, 0.92, z], side = Math.cos(this.azimuth), ahead = Math.sin(this.azimuth);
    const low = Math.cos(this.height), high = Math.sin(this.height);
    const focal = MotionPlayer.FOCAL * height;
    this.target = target;
    return point => {
      const [dx, dy, dz] = point.map((value, k) => value - target[k]);
      const right = dx * side - dz * ahead, near = dx * ahead + dz * side;
      const depth = this.distance - near * low - dy * high, up = dy * low - near * high;
      if (depth < 0.1) return null;
      return [width / 2 + right * focal / depth, height / 2 - up * focal / depth, depth, focal / depth];
    };
  }

  _drawGrid(context, view) {
    const step = 0.5, reach = MotionPlayer.GRID_REACH;
    const centre = [Math.round(this.target[0] / step), Math.round(this.target[2] / step)];
    context.strokeStyle = MotionPlayer.GRID;
    context.lineWidth = 1;
    for (let i = -reach; i <= reach; i++) {
      for (let j = -reach; j < reach; j++) {
        context.globalAlpha = Math.max(0, 1 - Math.hypot(i, j) / reach);
        const ends = [[i, j, i, j + 1], [j, i, j + 1, i]];
        for (const [a, b, c, d] of ends) {
          const from = view([(centre[0] + a) * step, 0, (centre[1] + b) * step]);
          const to = view([(centre[0] + c) * step, 0, (centre[1] + d) * step]);
          if (from && to) this._line(context, from, to);
        }
      }
    }
    context.globalAlpha = 1;
  }

  _drawBody(context, view) {
    const places = this.motion.parents.map((_, index) => this.joint(index));
    context.strokeStyle = "#d6dae0";
    for (const [index, parent] of this.motion.parents.entries()) {
      if (parent < 0) continue;
      const [from, to] = [parent, index].map(j => view([places[j][0], 0, places[j][2]]));
      if (!from || !to) continue;
      context.lineWidth = 0.06 * from[3];
      this._line(context, from, to);
    }
    const bones = [];
    for (const [index, parent] of this.motion.parents.entries()) {
      const [from, to] = [view(places[Math.max(parent, 0)]), view(places[index])];
      if (parent >= 0 && from && to) bones.push({from, to, name: this.motion.names[index]});
    }
    bones.sort((a, b) => b.from[2] + b.to[2] - a.from[2] - a.to[2]);
    for (const {from, to, name} of bones) {
      const side = name.startsWith("left") ? "left" : name.startsWith("right") ? "right" : "";
      const isTrunk = /hip|collar|shoulder/.test(name) || !side;
      context.strokeStyle = MotionPlayer.COLOURS[isTrunk ? "" : side];
      context.lineWidth = (isTrunk ? 0.085 : 0.06) * (from[3] + to[3]) / 2;
      this._line(context, from, to);
    }
    const head = this.motion.names.indexOf("head"), place = head < 0 ? null : view(places[head]);
    if (place) {
      context.fillStyle = MotionPlayer.COLOURS[""];
      context.beginPath();
      context.arc(place[0], place[1] - 0.05 * place[3], 0.105 * place[3], 0, 2 * Math.PI);
      context.fill();
    }
  }

  _line(context, from, to) {
    context.beginPath();
    context.moveTo(from[0], from[1]);
    context.lineTo(to[0], to[1]);
    context.stroke();
  }
}

// The clock of a player: which moment is shown, how fast it goes, whether it begins again.

const REST = 0.5;  // seconds that the last frame stays before the motion begins again

export class Playback extends EventTarget {
  constructor() {
    super();
    Object.assign(this, {time: 0, playing: true, speed: 1, repeats: true, loops: false, frames: 1, fps: 20});
  }

  // Take over a motion's length, and whether its last pose is its first (a loop goes on from there,
  // others hold their last pose for a moment); without restart the moment is kept where it can be.
  measure({frames, fps, loops}, {restart = true} = {}) {
    Object.assign(this, {frames, fps, loops});
    this.seek(restart ? 0 : Math.min(this.time, this.lastTime));
  }

  get lastTime() {
    return Math.max(0, (this.frames - 1) / this.fps);
  }

  // The frame shown; not whole while it plays.
  get frame() {
    return Math.min(this.time * this.fps, this.frames - 1);
  }

  seek(time) {
    this.time = Math.min(Math.max(time, 0), this.lastTime);
    this.dispatchEvent(new Event("moved"));
  }

  // Stop, and go so many whole frames on or back.
  step(count) {
    this.play(false);
    this.seek((Math.round(this.frame) + count) / this.fps);
  }

  play(on = true) {
    if (on && !this.repeats && this.time >= this.lastTime) this.time = 0;
    this.playing = on;
    this.dispatchEvent(new Event("played"));
  }

  // Let seconds of real time pass; true where the picture changes.
  advance(elapsed) {
    if (!this.playing || this.frames < 2) return false;
    this.time += elapsed * this.speed;

    const end = this.lastTime, rest = this.repeats && !this.loops ? REST : 0;
    if (this.time > end + rest) {
      this.time = !this.repeats ? end : this.loops ? this.time % end : 0;
      if (!this.repeats) this.play(false);
    }
    this.dispatchEvent(new Event("moved"));
    return true;
  }
}

// The keys that every player has: space, arrows, home and end. True where the key was one of them.
export function playbackKey(event, playback) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const steps = {ArrowRight: 1, ArrowLeft: -1};
  if (event.key === " ") playback.play(!playback.playing);
  else if (event.key in steps) playback.step(steps[event.key] * (event.shiftKey ? 10 : 1));
  else if (event.key === "Home") playback.seek(0);
  else if (event.key === "End") playback.step(playback.frames);
  else return false;
  event.preventDefault();
  return true;
}

// Tie a play button, a slider and a clock to a playback; what a page of one motion and the large
// page have alike.
export function bindControls(playback, {button, slider, clock}) {
  const show = () => {
    slider.max = Math.max(playback.frames - 1, 0);
    slider.value = Math.round(playback.frame);
    const time = Math.min(playback.time, playback.frames / playback.fps);
    clock.textContent = `${time.toFixed(1)} s`;
    slider.setAttribute("aria-valuetext", `${time.toFixed(1)} seconds`);
  };
  const name = () => {
    button.textContent = playback.playing ? "Pause" : "Play";
    button.classList.toggle("playing", playback.playing);
  };
  playback.addEventListener("moved", show);
  playback.addEventListener("played", name);
  button.addEventListener("click", () => playback.play(!playback.playing));
  slider.addEventListener("input", () => {
    playback.play(false);
    playback.seek(Number(slider.value) / playback.fps);
  });
  name();
  show();
}

// From the document to motions: what is asked, one question at a time, and what comes of it.

import {FPS} from "../core/motion.js";
import {toRequest} from "./constraints.js";

const KEPT = 60;  // entries of the history

export class Generator extends EventTarget {
  constructor(store, server, status) {
    super();
    Object.assign(this, {store, server, status, ticket: 0});
    this.history = [];  // {doc, at, kind, count, seconds}; the doc of an older session has no results
    store.addEventListener("change", ({detail}) => { if (detail.isTravel) this.travel(detail.doc); });
  }

  // The body that the server gets for a document.
  body(doc = this.store.doc, {variants = 1, seed = doc.seed} = {}) {
    const body = {
      prompts: doc.blocks.map(({text, seconds}) => ({text: text.trim(), seconds})),
      variants, seed, steps: doc.useTeacher ? null : doc.steps, guidance_scale: doc.guidance,
      use_teacher: doc.useTeacher,
    };
    if (doc.constraints.length) {
      body.constraints = toRequest(doc, this.frames(doc));
      body.effort = doc.effort;
    }
    if (doc.seamless) body.loop = true;
    return body;
  }

  // How many frames the document's motion has; null where its length is open.
  frames(doc = this.store.doc) {
    if (doc.blocks.some(block => !block.seconds)) return null;
    return Math.round(FPS * doc.blocks.reduce((sum, block) => sum + block.seconds, 0));
  }

  // The words of the moment, made once or with several seeds side by side. What is fixed is held at
  // once, and then refined.
  async generate({variants = 1, seed = this.store.doc.seed, isNewStep = true} = {}) {
    if (this.lacksWords()) return;
    const {doc} = this.store, body = this.body(doc, {variants, seed});
    const ask = (patch, isFirst) => async signal => {
      const {motions, notes, seconds_taken: taken} = await this.server.generate({...body, ...patch}, signal);
      const seeds = motions.map(motion => motion.facts.seed ?? seed), labels = seeds.map(one => `seed ${one}`);
      const asked = seeds.map(one => ({...body, ...patch, variants: 1, seed: one}));
      return {motions, asked, notes, labels, chosen: 0, taken, kind: variants > 1 ? "variants" : "one", isFirst};
    };
    const name = isNewStep ? "Generate" : null;
    if (!body.constraints || doc.effort === "preview") return this.answer(name, ask({}), {patch: {seed}});
    const isHeld = await this.answer(name, ask({effort: "preview"}, true), {patch: {seed}});
    if (isHeld) await this.answer(null, ask({}), {doing: "Refining it"});
  }

  // The same seed with each number of steps; the teacher's, which takes long, comes beside them.
  async compare({isNewStep = true} = {}) {
    if (this.lacksWords()) return;
    const {doc} = this.store, {steps, has_teacher: hasTeacher} = await this.server.opened;
    const ways = steps.map(count => ({steps: count, useTeacher: false, label: `${count} step${count > 1 ? "s" : ""}`}));
    const answers = [], asked = [];
    const ask = (added, isFirst) => async signal => {
      for (const way of added) {
        asked.push(this.body({...doc, ...way}));
        answers.push(await this.server.generate(asked.at(-1), signal));
      }
      const shown = isFirst || !hasTeacher ? ways : [...ways, TEACHER];
      return {
        motions: answers.map(({motions: [motion]}) => motion), asked: [...asked], notes: answers[0].notes, chosen: 0, kind: "steps",
        ways: shown, labels: shown.map(({label}, k) => `${label}, ${timeOf(answers[k].seconds_taken)}`),
        taken: answers.reduce((sum, one) => sum + one.seconds_taken, 0), isFirst,
      };
    };
    const name = isNewStep ? "Compare steps" : null;
    if (await this.answer(name, ask(ways, hasTeacher)) && hasTeacher) await this.answer(null, ask([TEACHER]), {doing: "The teacher makes it"});
  }

  // What was made once, made again, as part of the last step.
  again({kind, count = 4} = {}) {
    if (kind === "steps") return this.compare({isNewStep: false});
    return this.generate({variants: kind === "variants" ? count : 1, isNewStep: false});
  }

  // What a file shows that was brought, and those that belong to it.
  async brought(files) {
    const {motions, notes} = await this.server.read(files), [motion] = motions;
    return {motions: [motion], asked: [], labels: [files[0].name], notes: notes ?? [], chosen: 0, kind: "file", files};
  }

  // Show a file again that was kept.
  async openAgain(files) {
    try {
      this.store.amend({results: await this.brought(files)});
      this.status.say(`${files[0].name}: ${this.store.motion.seconds.toFixed(1)} s`);
    } catch (error) {
      this.status.wrong(error.message);
    }
  }

  // Ask; the newest question alone is shown, as a step of its own or as part of the last one. True
  // where an answer came.
  async answer(name, ask, {doing = "Making it", patch = {}} = {}) {
    const ticket = this.stop(), start = performance.now();
    this.running = new AbortController();
    this.status.busy(doing, {canStop: true});
    if (!name) this.store.amend({isWanted: true});
    try {
      const results = await ask(this.running.signal);
      if (ticket !== this.ticket) return false;
      const isRefined = this.store.doc.results?.isFirst && !name;
      const before = isRefined ? this.store.doc.before : this.store.motion ?? this.store.doc.before;
      const found = {...patch, results, before, isWanted: Boolean(results.isFirst)};
      if (name) this.store.change(name, found);
      else this.store.amend(found);
      this.tell(results, performance.now() - start);
      if (!results.isFirst) this.remember(results);
      return true;
    } catch (error) {
      if (error.name !== "AbortError" && ticket === this.ticket) this.status.wrong(error.message);
      return false;
    }
  }

  // Whether a prompt is empty, which is then told and gone to; nothing is asked.
  lacksWords() {
    const {blocks} = this.store.doc, at = blocks.findIndex(({text}) => !text.trim()), isOne = blocks.length === 1;
    if (at < 0) return false;
    this.stop();
    if (this.store.doc.selected !== at) this.store.change("Select", {selected: at}, {merge: true});
    this.status.wrong(`${isOne ? "The prompt" : `Prompt ${at + 1} of ${blocks.length}: the prompt`} is empty; say what the person does.`);
    this.dispatchEvent(new Event("lacking"));
    return true;
  }

  // Wait for no answer any more; the number of the next question.
  stop() {
    this.running?.abort();
    return ++this.ticket;
  }

  // What was asked before an undo belongs to another document; a step that was left before its
  // motion came gets it now.
  travel(doc) {
    this.stop();
    if (doc.isWanted) queueMicrotask(() => this.again({kind: doc.results?.isFirst ? doc.results.kind : "one"}));
  }

  tell({motions, taken}, elapsed) {
    const seconds = motions[0].seconds.toFixed(1), count = motions.length > 1 ? `${motions.length} × ` : "";
    const inside = taken === undefined ? "" : ` (server ${timeOf(taken)})`;
    this.status.say(`${count}${seconds} s of motion in ${timeOf(elapsed / 1000)}${inside}`);
  }

  remember(results) {
    const {doc} = this.store, {kind, motions} = results;
    this.keep([{doc: {...doc, before: null}, at: new Date(), kind, count: motions.length, seconds: motions[0].seconds}, ...this.history]);
  }

  // Have another history.
  keep(history) {
    this.history = history.slice(0, KEPT);
    this.dispatchEvent(new Event("remembered"));
  }
}

// Seconds as people read them.
function timeOf(seconds) {
  return seconds < 1 ? `${Math.round(1000 * seconds)} ms` : `${seconds.toFixed(1)} s`;
}

const TEACHER = {useTeacher: true, label: "teacher"};

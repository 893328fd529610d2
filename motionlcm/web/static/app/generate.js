// From the document to motions: what is asked, one question at a time, and what comes of it.

import {toRequest} from "./constraints.js";

export class Generator extends EventTarget {
  constructor(store, server, status) {
    super();
    Object.assign(this, {store, server, status, ticket: 0});
    this.history = [];
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
    if (doc.inPlace) body.in_place = true;
    if (doc.seamless) body.loop = true;
    return body;
  }

  // How many frames the document's motion has, as far as that is known.
  frames(doc = this.store.doc) {
    const {fps} = this.store.motion ?? {fps: 20}, known = doc.blocks.every(block => block.seconds);
    if (known) return Math.round(fps * doc.blocks.reduce((sum, block) => sum + block.seconds, 0));
    return this.store.motion?.frames ?? 120;
  }

  // The words of the moment, made once or with several seeds side by side. What is fixed is held at
  // once, and then refined.
  async generate({variants = 1, isNewStep = true} = {}) {
    const {doc} = this.store, body = this.body(doc, {variants});
    const ask = (patch, isFirst) => async signal => {
      const {motions, notes, seconds_taken: taken} = await this.server.generate({...body, ...patch}, signal);
      const labels = motions.map(motion => `seed ${motion.facts.seed ?? doc.seed}`);
      return {motions, notes, labels, chosen: 0, taken, kind: variants > 1 ? "variants" : "one", isFirst};
    };
    const name = isNewStep ? "Generate" : null;
    if (!body.constraints || doc.effort === "preview") return this.answer(name, ask({}));
    if (await this.answer(name, ask({effort: "preview"}, true))) await this.answer(null, ask({}), "Refining it");
  }

  // The same seed with each number of steps, and the teacher where there is one.
  async compare() {
    const {doc} = this.store, {steps, has_teacher: hasTeacher} = this.server.facts;
    const ways = steps.map(count => ({steps: count, useTeacher: false, label: `${count} step${count > 1 ? "s" : ""}`}));
    if (hasTeacher) ways.push({steps: doc.steps, useTeacher: true, label: "teacher"});
    await this.answer("Compare steps", async signal => {
      const answers = [];
      for (const way of ways) answers.push(await this.server.generate(this.body({...doc, ...way}), signal));
      return {
        motions: answers.map(({motions: [motion]}) => motion), notes: answers[0].notes, chosen: 0, kind: "steps", ways,
        labels: ways.map(({label}, k) => `${label}, ${Math.round(1000 * answers[k].seconds_taken)} ms`),
        taken: answers.reduce((sum, one) => sum + one.seconds_taken, 0),
      };
    });
  }

  // Ask; the newest question alone is shown, as a step of its own or as part of the last one. True
  // where an answer came.
  async answer(name, ask, doing = "Making it") {
    const ticket = ++this.ticket, start = performance.now();
    this.running?.abort();
    this.running = new AbortController();
    this.status.busy(doing);
    try {
      const results = await ask(this.running.signal);
      if (ticket !== this.ticket) return false;
      const isRefined = this.store.doc.results?.isFirst && !name;
      const patch = {results, before: isRefined ? this.store.doc.before : this.store.motion ?? this.store.doc.before};
      if (name) this.store.change(name, patch);
      else this.store.amend(patch);
      this.tell(results, performance.now() - start);
      if (!results.isFirst) this.remember(results);
      return true;
    } catch (error) {
      if (error.name !== "AbortError" && ticket === this.ticket) this.status.wrong(error.message);
      return false;
    }
  }

  tell({motions, taken}, elapsed) {
    const seconds = motions[0].seconds.toFixed(1), count = motions.length > 1 ? `${motions.length} × ` : "";
    const inside = taken === undefined ? "" : ` (${Math.round(1000 * taken)} ms of it thinking)`;
    this.status.say(`${count}${seconds} s of motion in ${Math.round(elapsed)} ms${inside}`);
  }

  remember(results) {
    const {doc} = this.store;
    this.history.unshift({doc: {...doc, results, before: null}, at: new Date()});
    this.history.splice(60);
    this.dispatchEvent(new Event("remembered"));
  }
}

// The document that the page edits, with everything undone and done again. A document is never
// altered: each change makes another one, so that to undo is to show the one before.

export const FRESH = {
  blocks: [{text: "a person waves with the right hand", seconds: null}], selected: 0,
  seed: 0, isLocked: false, steps: 1, useTeacher: false, guidance: null,
  constraints: [], tolerance: 0, effort: "default", inPlace: false, seamless: false,
  view: {body: "mannequin", camera: "follow", trail: true, contacts: true, ghosts: false, before: false},
  character: null,  // the user's own, once one was brought
  results: null,  // {motions, asked, labels, chosen, notes, kind}: what the stage shows
  before: null,  // the motion that was shown before
  isWanted: false,  // whether what is shown is still to be made anew
};
const KEPT = 200;  // steps back

export class Store extends EventTarget {
  constructor() {
    super();
    Object.assign(this, {doc: FRESH, past: [], future: []});
  }

  // Make a change that can be undone. Changes of one kind that follow each other within a second
  // (typing, dragging a slider) are one step where merge is set.
  change(name, patch, {merge = false} = {}) {
    const now = performance.now(), isSame = merge && name === this.lastName && now - this.lastTime < 1000;
    if (!isSame) this.past.push({name, doc: this.doc});
    this.past.splice(0, this.past.length - KEPT);
    this.future = [];
    Object.assign(this, {lastName: name, lastTime: now});
    this.put({...this.doc, ...patch});
  }

  // Complete the last change: what the server answered to it belongs to the same step.
  amend(patch) {
    this.put({...this.doc, ...patch});
  }

  undo() {
    this.move(this.past, this.future);
  }

  redo() {
    this.move(this.future, this.past);
  }

  move(from, to) {
    const step = from.pop();
    if (!step) return;
    to.push({name: step.name, doc: this.doc});
    this.lastName = null;
    this.put(step.doc, {isTravel: true});
  }

  // Begin with another document: nothing before it can be undone.
  open(doc) {
    Object.assign(this, {past: [], future: [], lastName: null, asked: null});
    this.put({...FRESH, ...doc});
  }

  put(doc, facts = {}) {
    const before = this.doc;
    this.doc = doc;
    this.dispatchEvent(new CustomEvent("change", {detail: {doc, before, ...facts}}));
  }

  // Call back now and whenever one of the named parts of the document is another one.
  watch(names, call) {
    this.addEventListener("change", ({detail}) => {
      if (names.some(name => detail.doc[name] !== detail.before[name])) call(detail.doc, detail);
    });
    call(this.doc, {doc: this.doc, before: this.doc});
  }

  get block() {
    return this.doc.blocks[this.doc.selected] ?? this.doc.blocks[0];
  }

  // The motion that is played, steered and saved, or null.
  get motion() {
    const {results} = this.doc;
    return results?.motions[results.chosen] ?? null;
  }

  // Blocks with the selected one altered.
  withBlock(patch, at = this.doc.selected) {
    return this.doc.blocks.map((block, k) => k === at ? {...block, ...patch} : block);
  }
}

// Blocks of prompts on one line of time: dragged to another place, stretched, added and taken away.

const SHORTEST = 0.5, STEP = 0.5;  // seconds; of a block, and of one press of a key
const USUAL = 5;  // seconds of a block whose length nobody knows yet
const WHO = /^(?:(?:an?|the) )?(?:person|man|woman|boy|girl|human|figure|someone|somebody|he|she|they)\s+/i;  // left out where there is no room

export function wireTimeline(store, generator, playback, facts) {
  const line = document.getElementById("timeline");
  const head = Object.assign(document.createElement("div"), {id: "playhead"});
  const edit = (name, blocks, selected) => {
    store.change(name, {blocks, selected: Math.min(selected, blocks.length - 1)});
    if (blocks.every(block => block.text.trim())) generator.generate({isNewStep: false});
  };
  const stretch = (k, seconds) => Math.min(facts.longest, Math.max(SHORTEST, Math.round(10 * seconds) / 10));
  const actions = {
    select: k => store.change("Select", {selected: k}, {merge: true}),
    move: (k, to) => {
      const {blocks} = store.doc, next = blocks.toSpliced(k, 1), goal = Math.min(Math.max(to, 0), blocks.length - 1);
      if (goal !== k) edit("Move a prompt", next.toSpliced(goal, 0, blocks[k]), goal);
    },
    stretch: (k, seconds) => edit("Stretch", store.withBlock({seconds: stretch(k, seconds), isFitted: false}, k), k),
    remove: k => {
      if (store.doc.blocks.length > 1) edit("Take a prompt away", store.doc.blocks.toSpliced(k, 1), Math.max(0, k - 1));
    },
  };

  document.getElementById("add-block").addEventListener("click", () => {
    const {blocks} = store.doc, spans = lengthsOf(store);
    const known = blocks.map((block, k) => ({...block, seconds: block.seconds ?? Math.round(10 * spans[k]) / 10}));
    store.change("Another prompt", {blocks: [...known, {text: "", seconds: 4}], selected: blocks.length});
    document.getElementById("prompt").focus();
  });
  store.watch(["blocks", "selected", "results"], () => draw(line, head, store, actions));
  playback.addEventListener("moved", () => {
    head.style.left = `${100 * playback.time / Math.max(playback.lastTime, 1e-6)}%`;
  });
}

// Seconds of each block: its own, or its share of what the shown motion leaves.
export function lengthsOf(store) {
  const {blocks} = store.doc, whole = store.motion?.seconds ?? 0;
  const known = blocks.reduce((sum, block) => sum + (block.seconds ?? 0), 0);
  const open = blocks.filter(block => !block.seconds).length;
  const share = whole > known + 0.4 * open && open ? (whole - known) / open : USUAL;
  return blocks.map(block => block.seconds ?? share);
}

// The number of the block that is played at a time.
export function blockAt(store, time) {
  let end = 0;
  for (const [k, span] of lengthsOf(store).entries()) {
    end += span;
    if (time < end) return k;
  }
  return store.doc.blocks.length - 1;
}

function draw(line, head, store, actions) {
  const spans = lengthsOf(store), {blocks, selected} = store.doc, focused = line.contains(document.activeElement);
  const boxes = blocks.map((block, k) => box(block, k, spans[k], {line, isSelected: k === selected, actions, spans}));
  line.replaceChildren(...boxes, head);
  if (focused) boxes[selected]?.focus();
}

function box(block, k, span, {line, isSelected, actions, spans}) {
  const element = document.createElement("div");
  Object.assign(element, {className: "block", tabIndex: isSelected ? 0 : -1, title: `${block.text}\nDrag to move, its right edge to stretch. Keys: arrows select, Alt+arrows move, + and - stretch, Delete takes it away.`});
  element.setAttribute("role", "listitem");
  element.setAttribute("aria-current", isSelected);
  element.setAttribute("aria-label", `prompt ${k + 1}: ${block.text || "empty"}, ${span.toFixed(1)} seconds`);
  element.style.flex = `${span} 1 0`;
  const words = document.createElement("span"), who = WHO.exec(block.text)?.[0] ?? "";
  words.append(Object.assign(document.createElement("em"), {textContent: who}), block.text.slice(who.length) || "…");
  const length = Object.assign(document.createElement("small"), {textContent: block.seconds ? `${block.seconds.toFixed(1)} s` : "usual"});
  const edge = document.createElement("i");
  element.append(words, length, ...(isSelected && spans.length > 1 ? [removeButton(k, actions)] : []), edge);

  element.addEventListener("keydown", event => key(event, k, span, actions, line));
  element.addEventListener("pointerdown", event => {
    if (event.button || event.target.closest("button")) return;
    if (event.target === edge) dragEdge(event, element, length, span, spans, seconds => actions.stretch(k, seconds), line);
    else dragBlock(event, element, k, actions, line);
  });
  return element;
}

function removeButton(k, actions) {
  const button = Object.assign(document.createElement("button"), {type: "button", className: "remove", textContent: "×", title: "Take this prompt away (Delete)"});
  button.setAttribute("aria-label", `take prompt ${k + 1} away`);
  button.addEventListener("click", () => actions.remove(k));
  return button;
}

function key(event, k, span, actions, line) {
  if (event.target.closest("button")) return;
  const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (way && event.altKey) actions.move(k, k + way);
  else if (way && k + way >= 0 && k + way < line.querySelectorAll(".block").length) actions.select(k + way);
  else if (event.key === "+" || event.key === "=") actions.stretch(k, span + STEP);
  else if (event.key === "-") actions.stretch(k, span - STEP);
  else if (event.key === "Delete" || event.key === "Backspace") actions.remove(k);
  else if (event.key === "Enter") document.getElementById("prompt").focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Follow a pointer until it is let go; end(isMoved) once.
export function follow(event, element, move, end) {
  element.setPointerCapture(event.pointerId);
  const start = event.clientX;
  let isMoved = false;
  const onMove = next => {
    isMoved ||= Math.abs(next.clientX - start) > 4;
    if (isMoved) move(next.clientX - start, next.clientX);
  };
  const onEnd = () => {
    element.removeEventListener("pointermove", onMove);
    end(isMoved);
  };
  element.addEventListener("pointermove", onMove);
  element.addEventListener("pointerup", onEnd, {once: true});
  element.addEventListener("pointercancel", onEnd, {once: true});
}

function dragEdge(event, element, length, span, spans, done, line) {
  event.preventDefault();
  const scale = spans.reduce((sum, one) => sum + one, 0) / line.clientWidth;
  let seconds = span;
  follow(event, element, moved => {
    seconds = Math.max(SHORTEST, span + moved * scale);
    element.style.flex = `${seconds} 1 0`;
    length.textContent = `${seconds.toFixed(1)} s`;
  }, isMoved => { if (isMoved) done(seconds); });
}

function dragBlock(event, element, k, actions, line) {
  let to = k;
  follow(event, element, (moved, x) => {
    element.classList.add("moving");
    element.style.transform = `translateX(${moved}px)`;
    const others = [...line.querySelectorAll(".block")].filter(other => other !== element);
    to = others.filter(other => {
      const area = other.getBoundingClientRect();
      return x > area.left + area.width / 2;
    }).length;
  }, isMoved => {
    element.classList.remove("moving");
    element.style.transform = "";
    if (isMoved && to !== k) actions.move(k, to);
    else if (!isMoved) actions.select(k);
  });
}

// The form: what the person does and how it is made.

export function wireWords(store, generator, facts) {
  const at = id => document.getElementById(id);
  const form = at("form"), prompt = at("prompt"), seconds = at("seconds"), guidance = at("guidance"), seed = at("seed");
  seconds.max = facts.longest;
  [guidance.min, guidance.max] = facts.guidance;
  const ways = [...facts.steps.map(count => ({steps: count, label: String(count)})), ...(facts.has_teacher ? [{label: "teacher"}] : [])];
  const buttons = ways.map(way => stepButton(way, store));
  at("steps").append(...buttons);

  prompt.addEventListener("input", () => store.change("Words", {blocks: store.withBlock({text: prompt.value})}, {merge: true}));
  prompt.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  seconds.addEventListener("change", () => {
    const value = seconds.value === "" ? null : Math.min(Math.max(Number(seconds.value), 0.5), facts.longest);
    store.change("Seconds", {blocks: store.withBlock({seconds: value, isFitted: false})});
  });
  guidance.addEventListener("input", () => store.change("Guidance", {guidance: Number(guidance.value)}, {merge: true}));
  seed.addEventListener("change", () => store.change("Seed", {seed: Math.max(0, Math.floor(Number(seed.value) || 0))}));
  at("lock").addEventListener("change", event => store.change("Keep the seed", {isLocked: event.target.checked}));

  form.addEventListener("submit", event => {
    event.preventDefault();
    nextSeed(store);
    generator.generate();
  });
  at("four").addEventListener("click", () => {
    nextSeed(store);
    generator.generate({variants: 4});
  });
  at("compare").addEventListener("click", () => generator.compare());

  store.watch(["blocks", "selected", "seed", "isLocked", "steps", "useTeacher", "guidance", "results"], doc => {
    const {block} = store, number = doc.blocks.length > 1 ? ` (${doc.selected + 1} of ${doc.blocks.length})` : "";
    form.querySelector(".big").textContent = `What does the person do?${number}`;
    if (prompt.value !== block.text) prompt.value = block.text;
    if (document.activeElement !== seconds) seconds.value = block.seconds ?? "";
    if (document.activeElement !== seed) seed.value = doc.seed;
    at("lock").checked = doc.isLocked;
    buttons.forEach((button, k) => mark(button, ways[k].steps ? !doc.useTeacher && ways[k].steps === doc.steps : doc.useTeacher));
    guidance.value = doc.guidance ?? facts.scales[doc.steps] ?? 1;
    at("guidance-shown").textContent = doc.guidance === null ? `${Number(guidance.value).toFixed(1)} usual` : Number(guidance.value).toFixed(1);
    showNotes(at("notes"), doc.results);
  });
}

// Unless the seed is kept, a question asked again gets another answer.
function nextSeed(store) {
  const {doc} = store, asked = JSON.stringify([doc.blocks.map(({text, seconds}) => [text, seconds]), doc.seed, doc.steps, doc.useTeacher, doc.guidance, doc.constraints.length]);
  if (!doc.isLocked && store.asked === asked && doc.results) {
    const taken = doc.results.kind === "variants" ? doc.results.motions.length : 1;
    store.change("Seed", {seed: doc.seed + taken});
  }
  const now = store.doc;
  store.asked = JSON.stringify([now.blocks.map(({text, seconds}) => [text, seconds]), now.seed, now.steps, now.useTeacher, now.guidance, now.constraints.length]);
}

function stepButton(way, store) {
  const button = document.createElement("button");
  Object.assign(button, {type: "button", textContent: way.label, title: way.steps ? `${way.label} step${way.steps > 1 ? "s" : ""} of the student` : "The teacher: slow, what the student learned from"});
  button.setAttribute("role", "radio");
  button.addEventListener("click", () => store.change("Steps", way.steps ? {steps: way.steps, useTeacher: false, guidance: null} : {useTeacher: true}));
  return button;
}

// A radio among buttons: only the checked one is in the order of the Tab key.
export function mark(button, isChecked) {
  button.setAttribute("aria-checked", isChecked);
  button.tabIndex = isChecked ? 0 : -1;
}

// Arrow keys go from one radio button of a group to the next.
export function wireRadios(group) {
  group.addEventListener("keydown", event => {
    const way = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    const buttons = [...group.querySelectorAll("[role=radio]")], at = buttons.indexOf(document.activeElement);
    if (!way || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + way + buttons.length) % buttons.length];
    next.focus();
    next.click();
  });
}

function showNotes(list, results) {
  list.replaceChildren(...(results?.notes ?? []).map(line => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

// The form: what the person does and how it is made.

export function wireWords(store, generator, facts) {
  const at = id => document.getElementById(id);
  const form = at("form"), prompt = at("prompt"), seconds = at("seconds"), guidance = at("guidance"), seed = at("seed");
  seconds.max = facts.longest;
  [guidance.min, guidance.max] = facts.guidance;
  const ways = [...facts.steps.map(count => ({steps: count, label: String(count)})), ...(facts.has_teacher ? [{label: "teacher"}] : [])];
  const buttons = ways.map(way => stepButton(way, store));
  at("steps").append(...buttons);

  // what was typed while the page was opening counts
  if (prompt.value) store.change("Words", {blocks: store.withBlock({text: prompt.value})});
  prompt.addEventListener("input", () => store.change("Words", {blocks: store.withBlock({text: prompt.value})}, {merge: true}));
  prompt.addEventListener("keydown", event => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  seconds.addEventListener("change", () => {
    const wished = seconds.value === "" ? null : Number(seconds.value), value = wished && Math.min(Math.max(wished, 0.5), facts.longest);
    store.change("Seconds", {blocks: store.withBlock({seconds: value, isFitted: false})});
    seconds.value = value ?? "";
    if (value !== wished) generator.status.wrong(`A prompt takes 0.5 to ${facts.longest} seconds, not ${wished}; now ${value}.`);
  });
  guidance.addEventListener("input", () => store.change("Guidance", {guidance: Number(guidance.value)}, {merge: true}));
  seed.addEventListener("change", () => {
    const value = Math.min(Number.MAX_SAFE_INTEGER - 8, Math.max(0, Math.floor(Number(seed.value) || 0)));
    store.change("Seed", {seed: value});
    if (String(value) !== seed.value) generator.status.wrong(`A seed is a whole number from 0 on; now ${value}.`);
    seed.value = value;
  });
  at("lock").addEventListener("change", event => store.change("Keep the seed", {isLocked: event.target.checked}));

  form.addEventListener("submit", event => {
    event.preventDefault();
    generator.generate({seed: nextSeed(store)});
  });
  at("four").addEventListener("click", () => {
    generator.generate({variants: 4, seed: nextSeed(store)});
  });
  at("compare").addEventListener("click", () => generator.compare());
  at("stop").addEventListener("click", () => {
    generator.stop();
    generator.status.say("stopped; Generate asks again");
  });
  generator.addEventListener("lacking", () => prompt.focus());

  store.watch(["blocks", "selected", "seed", "isLocked", "steps", "useTeacher", "guidance", "results"], doc => {
    const {block} = store, count = doc.blocks.length;
    form.querySelector(".big").textContent = count > 1 ? `Prompt ${doc.selected + 1} of ${count}: what is done?` : "What does the person do?";
    if (prompt.value !== block.text) prompt.value = block.text;
    if (document.activeElement !== seconds) seconds.value = block.seconds ?? "";
    if (document.activeElement !== seed) seed.value = doc.seed;
    at("lock").checked = doc.isLocked;
    buttons.forEach((button, k) => mark(button, ways[k].steps ? !doc.useTeacher && ways[k].steps === doc.steps : doc.useTeacher));
    guidance.value = doc.guidance ?? facts.scales[doc.steps] ?? 1;
    at("guidance-shown").textContent = doc.guidance === null ? `${Number(guidance.value).toFixed(1)} usual` : Number(guidance.value).toFixed(1);
    showNotes(at("notes"), doc.results);
    showLikely(at("likely"), doc.results);
  });
}

// The seed to ask with: unless it is kept, a question asked again gets another answer.
function nextSeed(store) {
  const {doc} = store, {results} = doc;
  const question = seed => JSON.stringify([doc.blocks.map(({text, seconds}) => [text, seconds]), seed, doc.steps, doc.useTeacher, doc.guidance, doc.constraints.length]);
  const isAskedAgain = !doc.isLocked && results && store.asked === question(doc.seed);
  const seed = isAskedAgain ? doc.seed + (results.kind === "variants" ? results.motions.length : 1) : doc.seed;
  store.asked = question(seed);
  return seed;
}

function stepButton(way, store) {
  const button = document.createElement("button");
  Object.assign(button, {type: "button", textContent: way.label, title: way.steps ? `${way.label} step${way.steps > 1 ? "s" : ""} of the student` : "The teacher: slow, what the student learned from"});
  button.setAttribute("role", "radio");
  button.addEventListener("click", () => store.change("Steps", way.steps ? {steps: way.steps, useTeacher: false, guidance: null} : {useTeacher: true}));
  return button;
}

// A radio among buttons, or a tab: only the chosen one is in the order of the Tab key.
export function mark(button, isChecked, attribute = "aria-checked") {
  button.setAttribute(attribute, isChecked);
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

// How likely each motion shows its prompt, where the model can tell.
function showLikely(home, results) {
  const scores = (results?.motions ?? []).map(motion => motion.facts.familiarity), isOne = scores.length === 1;
  const parts = scores.flatMap((score, k) => typeof score === "number" ? [`${isOne ? "" : `${results.labels[k]}: `}${Math.round(100 * score)} %`] : []);
  home.textContent = parts.length ? `Likely shows the prompt: ${parts.join(", ")}` : "";
}

// Of notes that differ in numbers alone, as of several seeds, the first one is told.
function showNotes(list, results) {
  const kinds = new Map((results?.notes ?? []).toReversed().map(line => [line.replace(/[\d.]+/g, "#"), line]));
  list.replaceChildren(...[...kinds.values()].toReversed().map(line => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

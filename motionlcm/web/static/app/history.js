// What was made before, with its words and seeds: press to have it again.

export function wireHistory(store, generator) {
  const list = document.getElementById("past");
  const show = () => list.replaceChildren(...generator.history.map(one => entry(one, () => {
    store.change("From the history", {...one.doc, view: store.doc.view, character: store.doc.character, before: store.motion});
    if (!one.doc.results) generator.again(one);  // of a session: its words and seeds, not its motions
  })));
  generator.addEventListener("remembered", show);
  show();
}

function entry({doc, at, count, seconds}, press) {
  const item = document.createElement("li"), button = document.createElement("button"), small = document.createElement("small");
  button.type = "button";
  button.textContent = doc.blocks.map(block => block.text).join(" → ");
  const way = doc.useTeacher ? "teacher" : `${doc.steps} step${doc.steps > 1 ? "s" : ""}`;
  const fixed = doc.constraints.length ? `, ${doc.constraints.length} fixed` : "", many = count > 1 ? `, ${count} side by side` : "";
  small.textContent = `seed ${doc.seed}, ${way}, ${seconds.toFixed(1)} s${fixed}${many}, ${at.toTimeString().slice(0, 8)}`;
  button.append(small);
  button.addEventListener("click", press);
  item.append(button);
  return item;
}

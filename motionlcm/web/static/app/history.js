// What was made before, with its words and seeds: press to have it again.

export function wireHistory(store, generator) {
  const list = document.getElementById("past");
  generator.addEventListener("remembered", () => {
    list.replaceChildren(...generator.history.map(({doc, at}) => {
      const item = document.createElement("li"), button = document.createElement("button"), small = document.createElement("small");
      button.type = "button";
      button.textContent = doc.blocks.map(block => block.text).join(" → ");
      const way = doc.useTeacher ? "teacher" : `${doc.steps} step${doc.steps > 1 ? "s" : ""}`;
      const fixed = doc.constraints.length ? `, ${doc.constraints.length} fixed` : "";
      const count = doc.results.motions.length > 1 ? `, ${doc.results.motions.length} side by side` : "";
      small.textContent = `seed ${doc.seed}, ${way}, ${doc.results.motions[0].seconds.toFixed(1)} s${fixed}${count}, ${at.toLocaleTimeString()}`;
      button.append(small);
      button.addEventListener("click", () => store.change("From the history", {...doc, before: store.motion}));
      item.append(button);
      return item;
    }));
  });
}

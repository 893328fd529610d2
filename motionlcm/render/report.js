"use strict";
// Sorting by a click on a heading, and a filter; all of it on the page itself.
const body = document.querySelector("tbody"), rows = [...body.rows];
const headings = [...document.querySelectorAll("th")];
const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));

function sortBy(column) {
  const heading = headings[column];
  const way = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of headings) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");

  const isNumber = heading.dataset.kind === "number";
  const keys = new Map(rows.map(row => {
    const text = row.cells[column].textContent.trim().toLowerCase();
    return [row, isNumber && text ? Number(text) : text];
  }));
  // rows without a word come last either way
  rows.sort((a, b) => {
    const x = keys.get(a), y = keys.get(b);
    if (x === y) return 0;
    if (x === "" || y === "") return x === "" ? 1 : -1;
    return (x < y ? -1 : 1) * way;
  });
  body.append(...rows);
}

headings.forEach((heading, column) => {
  const button = heading.querySelector("button");
  if (button) button.addEventListener("click", () => sortBy(column));
});

const field = document.querySelector("input"), count = document.querySelector("output");
function filter() {
  const word = field.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    row.hidden = !texts.get(row).includes(word);
    shown += !row.hidden;
  }
  count.textContent = `${shown} of ${rows.length}`;
}
field.addEventListener("input", filter);
filter();

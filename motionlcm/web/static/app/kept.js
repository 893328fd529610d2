// What the browser keeps of the page: the theme for the next time, and the document while the tab is
// open, so that a page that is loaded again goes on where it was. Nothing of it goes anywhere.

import {keepFiles} from "./kept_files.js";
import {fromOutline, toOutline} from "./session.js";

const PREFIX = "motionlcm-", PATIENCE = 300;  // milliseconds after a change

export function keptOf(name, storage = "localStorage") {
  try {
    return globalThis[storage].getItem(PREFIX + name);
  } catch {
    return null;  // a browser may keep nothing
  }
}

export function keep(name, value, storage = "localStorage") {
  try {
    globalThis[storage].setItem(PREFIX + name, value);
  } catch {
    // as above, or there is more than it keeps
  }
}

// Keep the document of this tab from now on.
export function keepDocument(store, generator) {
  let timer = null;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(now, PATIENCE);
  };
  const now = () => keep("document", JSON.stringify(toOutline(store.doc, generator.history)), "sessionStorage");
  store.addEventListener("change", later);
  store.addEventListener("change", ({detail: {doc, before}}) => {
    if (doc.results?.files !== before.results?.files) keepFiles("motion", doc.results?.files ?? []);
    if (doc.character !== before.character) keepFiles("character", doc.character ? [doc.character.file] : []);
  });
  generator.addEventListener("remembered", later);
  addEventListener("pagehide", now);
}

// {doc, made, isWorn, history} of a page that is loaded again, or null.
export function fromReload() {
  const [entry] = performance.getEntriesByType("navigation"), text = keptOf("document", "sessionStorage");
  if (entry?.type !== "reload" || !text) return null;
  try {
    return fromOutline(JSON.parse(text));
  } catch {
    return null;
  }
}

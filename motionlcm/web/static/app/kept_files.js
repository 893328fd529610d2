// Files that were brought, kept while the tab is open, so that a page that is loaded again has them:
// the motion that is shown and the character that wears it. A browser that keeps none gives none.

import {keep, keptOf} from "./kept.js";

const STORE = "files", DAY = 24 * 3600 * 1000;  // milliseconds after which another tab's are forgotten
const PATIENCE = 4000;  // milliseconds for a browser that does not say what it has

// Keep files under a name in place of those that were; of none, nothing is kept.
export function keepFiles(name, files) {
  return within("readwrite", all => files.length ? all.put({files, time: Date.now()}, keyOf(name)) : all.delete(keyOf(name)));
}

// The files that this tab has kept under a name.
export async function keptFiles(name) {
  return (await within("readonly", all => all.get(keyOf(name))))?.files ?? [];
}

// Forget what tabs of other days have kept, and what this one has where it begins anew.
export function forget({isNew}) {
  return within("readwrite", all => {
    const request = all.openCursor(), own = keyOf("");
    request.onsuccess = () => {
      const {result: entry} = request;
      if (!entry) return;
      if (Date.now() - entry.value.time > DAY || (isNew && entry.key.startsWith(own))) entry.delete();
      entry.continue();
    };
    return request;
  });
}

function keyOf(name) {
  const tab = keptOf("tab", "sessionStorage") ?? String(Math.random()).slice(2);
  keep("tab", tab, "sessionStorage");
  return `${tab} ${name}`;
}

// What a request to the stored files comes to; null where there are none to have.
function within(mode, ask) {
  return new Promise(done => {
    const give = value => done(value ?? null);
    setTimeout(give, PATIENCE);
    try {
      const opening = indexedDB.open("motionlcm");
      opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
      opening.onerror = () => give(null);
      opening.onsuccess = () => {
        const {result: base} = opening, step = base.transaction(STORE, mode), request = ask(step.objectStore(STORE));
        step.oncomplete = () => give(request.result);
        step.onabort = step.onerror = () => give(null);
        base.close();  // once the step is done
      };
    } catch {
      give(null);
    }
  });
}

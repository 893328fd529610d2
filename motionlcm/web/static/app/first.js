// What needs no stage, begun while three.js is still on its way: the server's facts, the document of
// the address, and the first motion.

import {Generator} from "./generate.js";
import {fromReload, keepDocument} from "./kept.js";
import {forget, keptFiles} from "./kept_files.js";
import {Server} from "./server.js";
import {fromLink} from "./session.js";
import {Status} from "./status.js";
import {Store} from "./store.js";
import {keptTheme} from "./theme.js";

const theme = keptTheme();
if (theme) document.documentElement.dataset.theme = theme;  // before anything is seen
document.getElementById("form").addEventListener("submit", event => event.preventDefault());

export const status = new Status(document.getElementById("status"));
export const server = new Server(), store = new Store(), generator = new Generator(store, server, status);

const reloaded = fromReload();

// The file of the character that was worn before the page was loaded again, or none; isWorn: still.
export const worn = reloaded ? keptFiles("character").then(([file]) => ({file, isWorn: reloaded.isWorn})) : Promise.resolve({});

// Done when the first motion is there, or the line that says why it is not.
export const first = begin();

async function begin() {
  const files = reloaded?.made.kind === "file" ? await keptFiles("motion") : null;
  const linked = reloaded ?? await fromLink(location.hash).catch(error => ({error}));
  if (linked?.doc) store.open(linked.doc);
  if (linked?.history) generator.keep(linked.history);
  keepDocument(store, generator);
  forget({isNew: !reloaded});

  if (files?.length) await generator.openAgain(files);
  else await generator.again(linked?.made);
  if (linked?.history) generator.keep(linked.history);  // it was made before, not now
  if (files && !files.length) status.wrong("This browser has not kept the file that was shown; drop it again.");
  if (linked?.error) status.wrong(linked.error.message);
}

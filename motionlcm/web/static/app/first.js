// What needs no stage, begun while three.js is still on its way: the server's facts, the document of
// the address, and the first motion.

import {Generator} from "./generate.js";
import {fromReload, keepDocument} from "./kept.js";
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

// Done when the first motion is there, or the line that says why it is not.
export const first = begin();

async function begin() {
  const linked = fromReload() ?? await fromLink(location.hash).catch(error => ({error}));
  if (linked?.doc) store.open(linked.doc);
  if (linked?.history) generator.keep(linked.history);
  keepDocument(store, generator);
  await generator.again(linked?.made);
  if (linked?.history) generator.keep(linked.history);  // it was made before, not now
  if (linked?.error) status.wrong(linked.error.message);
}

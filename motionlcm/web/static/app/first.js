// What needs no stage, begun while three.js is still on its way: the server's facts, the document of
// the address, and the first motion.

import {Generator} from "./generate.js";
import {Server} from "./server.js";
import {fromLink} from "./session.js";
import {Status} from "./status.js";
import {Store} from "./store.js";

export const status = new Status(document.getElementById("status"));
export const server = new Server(), store = new Store(), generator = new Generator(store, server, status);

// Done when the first motion is there, or the line that says why it is not.
export const first = begin();

async function begin() {
  const linked = await fromLink(location.hash).catch(error => ({error}));
  if (linked?.doc) store.open(linked.doc);
  await generator.again(linked?.made);
  if (linked?.error) status.wrong(linked.error.message);
}

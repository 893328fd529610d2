// A session as one file, and a link that makes the same again.

import {Motion} from "../core/motion.js";

const KIND = "motionlcm session";
const SHARED = ["blocks", "selected", "seed", "isLocked", "steps", "useTeacher", "guidance", "constraints", "tolerance", "effort", "inPlace", "seamless"];

// JSON of a document with its motions, and of what was made before without them.
export function toSession(doc, history) {
  const results = doc.results && {...doc.results, file: undefined, motions: doc.results.motions.map(motion => motion.toContent())};
  const shared = one => Object.fromEntries(SHARED.map(name => [name, one[name]]));
  return JSON.stringify({
    kind: KIND, version: 1, doc: {...shared(doc), results},
    history: history.map(({doc: past, at}) => ({doc: shared(past), at})),
  });
}

// {doc, history} of a session's text. Throws an Error of one line.
export function fromSession(text, skeleton) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error("This is no session: the file is not JSON.");
  }
  if (content?.kind !== KIND) throw new Error("This JSON is no session of this page.");
  const doc = checked(content.doc);
  const {results} = content.doc;
  if (results) doc.results = {...results, motions: results.motions.map(one => Motion.fromServer(one, skeleton))};
  return {doc, history: content.history ?? []};
}

export async function toLink(doc) {
  const small = Object.fromEntries(SHARED.map(name => [name, doc[name]]));
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(small)));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}#s=${text}`;
}

// The document of an address, or null where it names none.
export async function fromLink(hash) {
  const text = /^#s=([\w-]+)$/.exec(hash)?.[1];
  if (!text) return null;
  try {
    const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0));
    return checked(JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), packed))));
  } catch {
    throw new Error("This link is damaged; the page begins anew.");
  }
}

// Only known parts, each of the type that it has; what a file or link says else is left out.
function checked(doc) {
  const types = {selected: "number", seed: "number", isLocked: "boolean", steps: "number", useTeacher: "boolean", tolerance: "number", effort: "string", inPlace: "boolean", seamless: "boolean"};
  const safe = {};
  for (const [name, type] of Object.entries(types)) if (typeof doc?.[name] === type) safe[name] = doc[name];
  if (typeof doc?.guidance === "number") safe.guidance = doc.guidance;
  if (Array.isArray(doc?.constraints)) safe.constraints = doc.constraints.filter(one => ["path", "pin", "pose", "given"].includes(one?.kind));
  const blocks = Array.isArray(doc?.blocks) ? doc.blocks.filter(block => typeof block?.text === "string") : [];
  if (!blocks.length) throw new Error("There is no prompt in this session.");
  safe.blocks = blocks.map(({text, seconds}) => ({text, seconds: typeof seconds === "number" ? seconds : null}));
  safe.selected = Math.min(Math.max(0, safe.selected ?? 0), blocks.length - 1);
  return safe;
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

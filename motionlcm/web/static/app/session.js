// A session as one file, and a link that makes the same again.

import {Motion, base64Of, bytesOf} from "../core/motion.js";
import {KINDS} from "./constraints.js";
import {FRESH} from "./store.js";

const KIND = "motionlcm session";
const SHARED = ["blocks", "selected", "seed", "isLocked", "steps", "useTeacher", "guidance", "constraints", "tolerance", "effort", "inPlace", "seamless", "view"];

// JSON of a document with its motions, and of what was made before without them.
export async function toSession(doc, history) {
  const {results} = doc;
  const files = results?.files && await Promise.all(results.files.map(async file => ({name: file.name, bytes: base64Of(new Uint8Array(await file.arrayBuffer()))})));
  const kept = results && {...results, isFirst: false, files, motions: results.motions.map(motion => motion.toContent())};
  return JSON.stringify({
    kind: KIND, version: 1, doc: {...shared(doc), results: kept}, history: pastOf(history),
  });
}

// What of a document is told to others.
function shared(doc) {
  return Object.fromEntries(SHARED.map(name => [name, doc[name]]));
}

function pastOf(history) {
  return history.map(({doc, ...facts}) => ({...facts, doc: shared(doc)}));
}

// A document and its history without motions, how many of them were side by side, and whether a
// character wears them.
export function toOutline(doc, history) {
  return {doc: smallOf(doc), isWorn: doc.view.body === "character", history: pastOf(history)};
}

// {doc, made, isWorn, history}. Throws an Error of one line.
export function fromOutline({doc, isWorn, history}) {
  return {doc: checked(doc), made: madeOf(doc), isWorn: isWorn === true, history: history.flatMap(pastEntry)};
}

function smallOf(doc) {
  const {kind, motions} = doc.results ?? {};
  return {...shared(doc), ...(motions?.length > 1 || kind === "file") && {made: {kind, count: motions.length}}};
}

function madeOf({made}) {
  return {kind: made?.kind, count: Math.min(8, Number(made?.count) || 4)};
}

// Whether a JSON text is a session; other files of that kind hold constraints.
export function isSession(text) {
  try {
    return JSON.parse(text)?.kind === KIND;
  } catch {
    return false;
  }
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
  const doc = checked(content.doc), history = Array.isArray(content.history) ? content.history : [];
  if (content.doc.results) doc.results = shownResults(content.doc.results, skeleton);
  return {doc, history: history.flatMap(pastEntry)};
}

// What was shown. Throws an Error of one line.
function shownResults(results, skeleton) {
  try {
    const motions = results.motions.map(one => Motion.fromServer(one, skeleton)), {length} = motions;
    const files = results.files ?? (results.file && [results.file]);  // of older sessions
    const labels = motions.map((_, k) => String(results.labels?.[k] ?? `motion ${k + 1}`)), chosen = Math.min(results.chosen ?? 0, length - 1);
    if (!length || motions.some(one => !(one.frames >= 1 && Number.isInteger(one.frames) && one.fps > 0))) throw new Error("no motion");
    return {
      ...results, motions, labels, chosen, asked: results.asked ?? [], notes: (results.notes ?? []).map(String),
      files: files?.map(({bytes, name}) => new File([bytesOf(bytes)], name)),
    };
  } catch {
    throw new Error("This session is damaged: its motions cannot be read.");
  }
}

// An entry of the history as a list of one; of what is none, an empty list.
function pastEntry({doc, at, kind, count, seconds} = {}) {
  try {
    return [{doc: {...FRESH, ...checked(doc)}, at: new Date(at), kind, count: Number(count) || 1, seconds: Number(seconds) || 0}];
  } catch {
    return [];
  }
}

// An address that makes a document again, and as many motions side by side as are shown.
export async function toLink(doc) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(smallOf(doc))));
  const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${location.origin}${location.pathname}#s=${text}`;
}

// {doc, made} of an address, or null where it names none.
export async function fromLink(hash) {
  const text = /^#s=([\w-]+)$/.exec(hash)?.[1];
  if (!text) return null;
  try {
    const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), letter => letter.charCodeAt(0));
    const content = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), packed)));
    return {doc: checked(content), made: madeOf(content)};
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
  safe.view = checkedView(doc?.view);
  if (Array.isArray(doc?.constraints)) safe.constraints = doc.constraints.filter(one => KINDS.includes(one?.kind));
  const blocks = Array.isArray(doc?.blocks) ? doc.blocks.filter(block => typeof block?.text === "string") : [];
  if (!blocks.length) throw new Error("There is no prompt in this session.");
  safe.blocks = blocks.map(({text, seconds}) => ({text, seconds: typeof seconds === "number" ? seconds : null}));
  safe.selected = Math.min(Math.max(0, safe.selected ?? 0), blocks.length - 1);
  return safe;
}

// How bodies are looked at; a character of the user's own is in no session.
function checkedView(view) {
  const safe = {...FRESH.view};
  for (const [name, usual] of Object.entries(FRESH.view)) if (typeof view?.[name] === typeof usual) safe[name] = view[name];
  if (!["mannequin", "stick"].includes(safe.body)) safe.body = "mannequin";
  if (!["follow", "orbit", "top"].includes(safe.camera)) safe.camera = "follow";
  return safe;
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  writer.write(bytes);
  writer.close();
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

// Files brought and taken: motions, characters, constraints and sessions in; every format of the
// server out.

import {loadCharacter} from "../stage/character.js";
import {besideOf, suffixOf} from "./beside.js";
import {poseOf} from "./constraints.js";
import {addPose} from "./fixed.js";
import {fromSession, isSession, toLink, toSession} from "./session.js";
import {FRESH} from "./store.js";

const LARGEST = 64 * 1024 * 1024;  // bytes that the server reads
const TABLES = ["csv", "tsv", "txt"];  // suffixes of a path's table
const TITLES = {mp4: "video", gif: "picture", html: "page with player", bvh: "animation tools", glb: "3D tools, body", vrma: "VRM avatars", npz: "all numbers", npy: "positions", amass: "SMPL"};

export class Files {
  constructor(store, stage, steering, generator, server, status) {
    Object.assign(this, {store, stage, steering, generator, server, status, known: new Map()});
    const at = id => document.getElementById(id), input = at("file");
    const choose = () => {
      asPose = false;
      input.value = "";
      input.click();
    };
    for (const id of ["bring", "open"]) at(id).addEventListener("click", choose);
    let asPose = false;
    at("bring-pose").addEventListener("click", () => {
      choose();
      asPose = true;
    });
    input.addEventListener("change", () => this.takeAll(input.files, {asPose}));
    this.wireDrop(at("drop"));

    at("readable").textContent = server.facts.readable.map(suffix => suffix.slice(1)).join(", ");
    at("formats").append(...server.facts.formats.map(format => this.formatButton(format)));
    at("keep").addEventListener("click", () => this.keep());
    at("link").addEventListener("click", () => this.link());
  }

  wireDrop(sign) {
    let depth = 0;
    const show = isOver => sign.classList.toggle("shown", isOver);
    addEventListener("dragenter", event => {
      depth += 1;
      if (event.dataTransfer?.types.includes("Files")) show(true);
    });
    addEventListener("dragleave", () => show(--depth > 0));
    addEventListener("dragover", event => event.preventDefault());
    addEventListener("drop", event => {
      event.preventDefault();
      depth = 0;
      show(false);
      this.takeAll(event.dataTransfer?.files ?? [], {asPose: Boolean(event.target.closest?.("#steer"))});
    });
  }

  // One file after the other, such as a motion and the character that is to wear it. What belongs
  // to another of them, such as the poses that constraints name, goes with that one; so does what
  // was brought before.
  async takeAll(files, facts) {
    const all = [...files];
    for (const file of all) this.known.set(file.name.toLowerCase(), file);
    const beside = await Promise.all(all.map(file => besideOf(file, this.known)));
    for (const [k, file] of all.entries()) {
      if (!beside.some(others => others.includes(file))) await this.take([file, ...beside[k]], facts);
    }
  }

  // Find out what a file is, and open it; files: itself, and those that belong to it; asPose: its
  // first pose becomes a key pose of this frame.
  async take(files, {asPose = false} = {}) {
    const [file] = files, size = files.reduce((sum, one) => sum + one.size, 0);
    this.status.busy(`Reading ${file.name}`);
    try {
      if (size > LARGEST) throw new Error(`${file.name} has ${(size / 2 ** 20).toFixed(0)} MB; at most 64 are read.`);
      const suffix = suffixOf(file.name);
      if (suffix === "json" && isSession(await file.text())) return this.openSession(await file.text());
      if (suffix === "json" || TABLES.includes(suffix)) return await this.steering.take(await this.server.wishes(files), file.name);
      if (suffix === "vrm") return await this.wear(file);
      if (suffix === "glb" && !asPose) {
        const {animations, skins} = await insideOf(file);
        if (!animations && skins) return await this.wear(file);
        if (animations && skins) this.spare = file;
      }
      await this.read(files, asPose);
    } catch (error) {
      this.status.wrong(error.message);
    }
  }

  async read(files, asPose) {
    const results = await this.generator.brought(files), [motion] = results.motions, [file] = files;
    if (asPose) return this.poseFrom(motion, file.name);
    this.generator.stop();
    this.store.change(`Open ${file.name}`, {isWanted: false, results, before: this.store.motion, constraints: []});
    this.status.say(`${file.name}: ${motion.seconds.toFixed(1)} s`);
    if (this.spare === file) this.offer(file);
  }

  // A file with a body and a motion is both.
  offer(file) {
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: "Wear its body"});
    button.addEventListener("click", () => this.wear(file).catch(error => this.status.wrong(error.message)));
    document.getElementById("character").replaceChildren(`${file.name} has a body, too. `, button);
  }

  poseFrom(motion, name) {
    const {frame} = this.steering, {motion: shown} = this.store, pose = poseOf(motion, 0);
    const root = shown ? poseOf(shown, frame)[0] : [0, 0, 0], by = [root[0] - pose[0][0], root[2] - pose[0][2]];
    addPose(this.store, this.steering, pose.map(([x, y, z]) => [x + by[0], y, z + by[1]]), frame, `Pose of ${name}`);
  }

  // Have a character again that was kept, worn or not.
  async wearAgain({file, isWorn}) {
    if (!file) return;
    try {
      const character = await this.load(file), {view} = this.store.doc;
      this.store.amend({character, view: isWorn ? {...view, body: "character"} : view});
    } catch (error) {
      this.status.wrong(error.message);
    }
  }

  async load(file) {
    const character = await loadCharacter(file, this.server.skeleton.names);
    document.getElementById("character").textContent = `${character.title} wears the motion.`;
    return character;
  }

  async wear(file) {
    const character = await this.load(file);
    this.store.change("Wear a character", {character, view: {...this.store.doc.view, body: "character"}});
    const {lacks, title} = character, count = lacks.length;
    this.status.say(`${title} wears the motion${count ? `; not in its file: ${lacks.slice(0, 3).join(", ")}${count > 3 ? ` and ${count - 3} more` : ""}` : ""}`);
  }

  formatButton(format) {
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: format});
    button.dataset.format = format;
    button.append(Object.assign(document.createElement("small"), {textContent: TITLES[format] ?? ""}));
    button.addEventListener("click", () => this.export(format, button));
    return button;
  }

  async export(format, button) {
    const {motion, doc} = this.store;
    if (!motion) return this.status.wrong("There is no motion yet; press Generate.");
    button.disabled = true;
    this.status.busy(`Writing ${format}`);
    try {
      const {blob, name} = await this.written(format, doc);
      save(blob, name ?? `motion.${format === "amass" ? "amass.npz" : format}`);
      this.status.say(`wrote ${name ?? format} (${(blob.size / 1000).toFixed(0)} kB)`);
    } catch (error) {
      this.status.wrong(error.message);
    } finally {
      button.disabled = false;
    }
  }

  // The shown motion as a file: a motion that was brought is converted, one that was made is made
  // once more from what was asked for it, whatever has been typed since.
  written(format, {results, inPlace}) {
    if (results.kind === "file") return this.server.convert(results.files, format, {inPlace});
    const asked = results.asked[results.chosen];
    if (!asked) throw new Error("It is not known what was asked for this motion; press Generate first.");
    return this.server.file(format, {...asked, in_place: inPlace});
  }

  async keep() {
    const text = await toSession(this.store.doc, this.generator.history);
    save(new Blob([text], {type: "application/json"}), "motion-session.json");
    this.status.say("saved motion-session.json");
  }

  openSession(text) {
    const {doc, history} = fromSession(text, this.server.skeleton);
    this.generator.stop();
    this.store.change("Open a session", {...FRESH, ...doc, character: this.store.doc.character});
    this.generator.keep([...history, ...this.generator.history]);
    this.status.say("opened the session");
    if (!doc.results) return this.generator.generate({isNewStep: false});
  }

  async link() {
    const {results} = this.store.doc, address = await toLink(this.store.doc);
    const does = results?.kind === "file" ? `it makes the words, not ${results.labels[0]}: Save keeps that` : "it makes the same again";
    history.replaceState(null, "", address);
    try {
      await navigator.clipboard.writeText(address);
      this.status.say(`the link is copied; ${does}`);
    } catch {
      this.status.say(`the address bar has the link; ${does}`);
    }
  }
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// How many animations and skins the header of a GLB names.
async function insideOf(file) {
  const head = new DataView(await file.slice(0, 20).arrayBuffer());
  if (head.byteLength < 20 || head.getUint32(0, true) !== 0x46546c67) return {animations: 0, skins: 0};
  try {
    const text = await file.slice(20, 20 + head.getUint32(12, true)).text(), {animations, skins} = JSON.parse(text);
    return {animations: animations?.length ?? 0, skins: skins?.length ?? 0};
  } catch {
    return {animations: 0, skins: 0};
  }
}

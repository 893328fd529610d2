// What is asked of the server. Every refusal becomes an Error whose message is the server's line.

import {Motion} from "../core/motion.js";

const WAITS = 4;  // times that a busy server is asked again

export class Server {
  constructor() {
    this.opened = this.open();
    this.opened.catch(() => {});  // told to whoever waits for it
  }

  async open() {
    this.facts = await (await this.ask("/api/facts")).json();
    const {names, parents} = this.facts.skeleton;
    this.skeleton = {names, parents};
    return this.facts;
  }

  // Say that somebody is about to steer, once: what refines takes seconds to open.
  expectSteering() {
    this.expected ??= this.ask("/api/steering", {method: "POST"}).catch(() => { this.expected = null; });
  }

  // -> {motions: [Motion], notes: [line], seconds_taken}
  async generate(body, signal) {
    const answer = await this.ask("/api/generate", {method: "POST", body: JSON.stringify(body), headers: JSON_TYPE, signal});
    return this.decode(await answer.json());
  }

  // The bytes of a file, and the name that the server gave it.
  async file(format, body) {
    const answer = await this.ask(`/api/file?format=${encodeURIComponent(format)}`, {method: "POST", body: JSON.stringify(body), headers: JSON_TYPE});
    return {blob: await answer.blob(), name: nameIn(answer.headers.get("Content-Disposition"))};
  }

  // A file that the user brought, in another format; files: itself, and those that belong to it.
  async convert(files, format, {inPlace}) {
    const answer = await this.send("convert", files, {format, ...inPlace && {in_place: "1"}});
    return {blob: await answer.blob(), name: nameIn(answer.headers.get("Content-Disposition"))};
  }

  // The motions in a file that the user brought.
  async read(files) {
    return this.decode(await (await this.send("read", files)).json());
  }

  // What a file of constraints, a path or a timeline asks for: {constraints, prompts}.
  async wishes(files) {
    return (await this.send("constraints", files)).json();
  }

  // A file and those that belong to it, one after the other.
  send(route, files, facts = {}) {
    const query = new URLSearchParams(facts), isOne = files.length === 1;
    for (const {name, size} of files) {
      query.append("name", name);
      if (!isOne) query.append("bytes", size);
    }
    return this.ask(`/api/${route}?${query}`, {method: "POST", body: isOne ? files[0] : new Blob(files), headers: BYTES});
  }

  async decode(content) {
    await this.opened;
    return {...content, motions: content.motions.map(one => Motion.fromServer(one, this.skeleton))};
  }

  async ask(path, options = {}) {
    for (let turn = 0; ; turn++) {
      let answer;
      try {
        answer = await fetch(path, options);
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Error("The server does not answer. Is motionlcm-demo still running?");
      }
      if (answer.ok) return answer;
      const wait = Number(answer.headers.get("Retry-After"));
      if (![429, 503].includes(answer.status) || turn >= WAITS) throw new Error(await lineOf(answer));
      await new Promise(resolve => setTimeout(resolve, 1000 * Math.min(5, wait || 1)));
    }
  }
}

const JSON_TYPE = {"Content-Type": "application/json"}, BYTES = {"Content-Type": "application/octet-stream"};

async function lineOf(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text).error ?? `The server answered ${answer.status}.`;
  } catch {
    return text.slice(0, 300) || `The server answered ${answer.status}.`;
  }
}

function nameIn(header) {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header ?? ""), plain = /filename="?([^";]+)"?/i.exec(header ?? "");
  return encoded ? decodeURIComponent(encoded[1]) : plain?.[1] ?? null;
}

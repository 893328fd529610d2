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

  // A file that the user brought, in another format.
  async convert(file, format, {inPlace}) {
    const query = new URLSearchParams({name: file.name, format, ...inPlace && {in_place: "1"}});
    const answer = await this.ask(`/api/convert?${query}`, {method: "POST", body: file, headers: BYTES});
    return {blob: await answer.blob(), name: nameIn(answer.headers.get("Content-Disposition"))};
  }

  // The motions in a file that the user brought.
  async read(file) {
    const answer = await this.ask(`/api/read?name=${encodeURIComponent(file.name)}`, {method: "POST", body: file, headers: BYTES});
    return this.decode(await answer.json());
  }

  // The constraints in a file that the user brought, as JSON files hold them.
  async constraints(file) {
    const answer = await this.ask(`/api/constraints?name=${encodeURIComponent(file.name)}`, {method: "POST", body: file, headers: BYTES});
    return (await answer.json()).constraints;
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

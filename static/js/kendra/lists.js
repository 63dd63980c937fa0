// The parts of the form that the portal draws: people, services, offices, times. Each is fetched as
// HTML and put in its place; an answer that comes late, after another was asked for, is dropped.

import { fill } from "./fields.js";

export class Lists {
  #root;
  #line;
  #stopped;
  #asked = new Map();
  #standIns = new Set();

  // stopped(kind, answer) is called when the counter cannot go on.
  constructor({ root, line, stopped }) {
    this.#root = root;
    this.#line = line;
    this.#stopped = stopped;
  }

  place(name) {
    return this.#root.querySelector(`[data-place="${name}"]`);
  }

  // Returns true when the part was put in, also the one that stands in while the line is down.
  async show(name, asked, { post = false, entries = null } = {}) {
    this.#asked.get(name)?.abort();
    const last = new AbortController();
    this.#asked.set(name, last);
    const place = this.place(name);
    place.setAttribute("aria-busy", "true");
    const address = this.#root.dataset[name];
    const answer = post
      ? await this.#line.part(address, asked)
      : await this.#line.get(address, asked, { signal: last.signal });
    if (this.#asked.get(name) !== last) return false;
    place.removeAttribute("aria-busy");
    if (answer.kind === "ok" || answer.kind === "refused") {
      this.put(name, answer.text, entries);
      return true;
    }
    if (["down", "broken"].includes(answer.kind)) return this.#withoutLine(name, entries);
    if (answer.kind !== "dropped") this.#stopped(answer.kind, answer);
    return false;
  }

  put(name, html, entries = null) {
    const place = this.place(name);
    this.#standIns.delete(name);
    // An office may have been chosen since its list was asked for: that stands where it is listed still.
    const chosen = name === "offices" ? place.querySelector(":checked") : null;
    const focused = chosen && chosen === document.activeElement;
    place.innerHTML = html;
    if (entries) fill(place, entries);
    const still = chosen && !place.querySelector(":checked") && document.getElementById(chosen.id);
    if (still) still.checked = true;
    if (still && focused) still.focus();
  }

  // Whether something stands there only because the line was down.
  standsIn(name) {
    return this.#standIns.has(name);
  }

  drop(name) {
    this.#asked.get(name)?.abort();
    this.#asked.delete(name);
  }

  #withoutLine(name, entries) {
    const stand = this.#root.querySelector(`template[data-without-line="${name}"]`);
    if (!stand) return false;
    this.place(name).replaceChildren(stand.content.cloneNode(true));
    this.#standIns.add(name);
    if (entries && name === "people") fill(this.place(name), entries);
    return true;
  }
}

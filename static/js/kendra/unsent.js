// The list of what is not yet sent. Each booking has its own key, so that the portal acts once however
// often it is sent; it leaves this list only with the portal's answer, or when it is discarded.

import { valueOf } from "./fields.js";

const FIRST_WAIT = 4000;
const LONGEST_WAIT = 60000;
// waiting: for the line. refused: the portal said no, it is to be opened. aside: not pressed yet.
export const WAITING = "waiting";
export const REFUSED = "refused";
export const ASIDE = "aside";

export class Unsent {
  #store;
  #line;
  #words;
  #place;
  #address;
  #handlers;
  #wait = FIRST_WAIT;
  #timer;
  #busy = new Set();

  // handlers: sent(answer, item), refused(answer, item) → true when the form shows it,
  // stopped(kind, answer), open(item).
  constructor({ root, store, line, words, handlers }) {
    this.#store = store;
    this.#line = line;
    this.#words = words;
    this.#handlers = handlers;
    this.#address = root.dataset.book;
    this.#place = root.querySelector("[data-unsent]");
    addEventListener("online", () => this.retry());
    addEventListener("storage", () => this.draw());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.retry();
    });
    this.draw();
  }

  keep(item) {
    this.#store.keep(item);
    this.draw();
  }

  drop(key) {
    this.#store.drop(key);
    this.draw();
  }

  has(key) {
    return this.#store.unsent.some((item) => item.key === key);
  }

  // Send one now. A second call while it is on its way does nothing.
  async send(item, { unattended = false } = {}) {
    if (this.#busy.has(item.key)) return;
    this.#busy.add(item.key);
    this.draw();
    const answer = await this.#line.send(this.#address, item.entries, { unattended });
    this.#busy.delete(item.key);
    this.#judge(answer, item);
    this.draw();
    if (this.#isWaiting()) this.#later();
    return answer;
  }

  // Send everything that waits, one after the other; stops where the line or the counter does.
  async retry() {
    clearTimeout(this.#timer);
    for (const { key } of this.#store.unsent) {
      // As it is now: it may have been answered while the one before it was on its way.
      const item = this.#store.unsent.find((one) => one.key === key);
      if (item?.state !== WAITING || this.#busy.has(key)) continue;
      const answer = await this.send(item, { unattended: true });
      if (answer && !["ok", "refused", "taken", "gone"].includes(answer.kind)) break;
    }
    if (this.#isWaiting()) this.#later();
  }

  // What came back and what was put aside is opened again by the operator.
  #isWaiting() {
    return this.#store.unsent.some((item) => item.state === WAITING);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
      this.retry();
    }, this.#wait);
  }

  #judge(answer, item) {
    if (answer.kind === "ok") {
      this.#wait = FIRST_WAIT;
      this.#store.drop(item.key);
      this.#handlers.sent(answer.data, item);
    } else if (["refused", "taken", "gone"].includes(answer.kind)) {
      if (this.#handlers.refused(answer, item)) this.#store.drop(item.key);
      else this.#store.keep({ ...item, state: REFUSED, words: this.#wordsOf(answer) });
    } else {
      this.#handlers.stopped(answer.kind, answer);
    }
  }

  #wordsOf({ kind, data }) {
    if (kind === "gone") return this.#words.say("gone");
    return data.words || Object.values(data.errors || {}).flat().join(" ");
  }

  draw() {
    const items = this.#store.unsent;
    const others = this.#store.others;
    this.#place.hidden = !items.length && !others;
    this.#place.querySelector("[data-unsent-count]").textContent = items.length ? `(${items.length})` : "";
    this.#place.querySelector("[data-unsent-list]").replaceChildren(...items.map((item) => this.#row(item)));
    const told = this.#place.querySelector("[data-unsent-others]");
    told.hidden = !others;
    told.textContent = others ? this.#words.say("others", others) : "";
  }

  #row(item) {
    const row = document.createElement("li");
    row.className = `counter-unsent-row unsent-${item.state}`;
    row.dataset.key = item.key;
    const said = document.createElement("p");
    const state = this.#busy.has(item.key) ? this.#words.say("sending") : this.#words.say(item.state);
    said.textContent = `${this.#name(item)} · ${this.#words.time(new Date(item.pressed).toISOString())} · ${state}`;
    row.append(said);
    if (item.words) {
      const why = document.createElement("p");
      why.className = "field-error";
      why.textContent = item.words;
      row.append(why);
    }
    if (item.state !== WAITING) {
      row.append(
        this.#button("open", () => this.#handlers.open(item)),
        this.#button("discard", (button) => this.#discard(button, item)),
      );
    }
    return row;
  }

  // Two presses: what is discarded is gone.
  #discard(button, item) {
    if (button.dataset.sure) {
      this.drop(item.key);
      return;
    }
    button.dataset.sure = "yes";
    button.textContent = this.#words.say("discard-sure");
  }

  #button(name, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link";
    button.textContent = this.#words.say(name);
    button.addEventListener("click", () => act(button));
    return button;
  }

  // A private one is not named.
  #name(item) {
    if (valueOf(item.entries, "private")) return this.#words.say("somebody");
    return item.name || this.#words.say("somebody");
  }
}

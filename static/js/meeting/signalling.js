// The mailbox of this page, over plain HTTP. Each asking brings everything that the page may know, so
// that a lost or repeated request loses nothing, and any web process can answer.

const PATIENCE = 10000;
const AGAIN = 1000;
// A word that was committed late can carry a smaller number than one that was read before it: the
// last seconds are asked for once more, and what is known already is dropped.
const OVERLAP = 3000;

// The portal answered, but not with what was asked for.
export class Answered extends Error {
  constructor(status, answer) {
    super(`answered with ${status}`);
    this.status = status;
    this.answer = answer;
  }
}

// The clock of this device is compared with the portal's only to say that it is wrong.
const WRONG = 4 * 60 * 1000;
let wrong = false;

export function clockIsWrong() {
  return wrong;
}

function compare(date) {
  const told = Date.parse(date || "");
  if (told) wrong = Math.abs(Date.now() - told) > WRONG;
}

// Sends what it is given as JSON. Throws Answered for anything but success, another error when the
// line is interrupted.
export async function post(address, csrf, asked) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf, Accept: "application/json" },
      body: JSON.stringify(asked),
      credentials: "same-origin",
      cache: "no-store",
      signal: patience.signal,
    });
    compare(response.headers.get("Date"));
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    const answer = isJson ? await response.json() : {};
    if (!response.ok) throw new Answered(response.status, answer);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

export function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

// A key that no other form or word has.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Which of the numbered things that keep coming are new, and from which number on to ask.
class Reading {
  #known = new Map();

  fresh(things) {
    const moment = performance.now();
    const found = (things || []).filter((thing) => !this.#known.has(thing.id));
    for (const thing of found) this.#known.set(thing.id, moment);
    return found;
  }

  get after() {
    const old = performance.now() - OVERLAP;
    let last = 0;
    for (const [id, heard] of this.#known) if (heard < old && id > last) last = id;
    for (const id of [...this.#known.keys()]) if (id < last) this.#known.delete(id);
    return last;
  }
}

export class Mailbox {
  #signals = new Reading();
  #chat = new Reading();
  #outgoing = [];
  #sending = false;
  #addresses;
  #csrf;

  constructor(addresses, csrf) {
    this.#addresses = addresses;
    this.#csrf = csrf;
    this.page = 0;
    this.seat = 0;
  }

  // Sit down anew: what was heard and what waits to be sent belonged to the page before.
  async enter(side) {
    const taken = await post(this.#addresses.enter, this.#csrf, { side });
    this.page = taken.page;
    this.seat = taken.seat;
    this.#signals = new Reading();
    this.#outgoing = [];
  }

  // Everything that this page may know now; signals and chat are those not heard before.
  async ask({ entry }) {
    const page = this.page;
    const snapshot = await post(this.#addresses.poll, this.#csrf, {
      page,
      after: this.#signals.after,
      chat_after: this.#chat.after,
      entry,
    });
    snapshot.signals = this.#signals.fresh(snapshot.signals);
    snapshot.chat = this.#chat.fresh(snapshot.chat);
    return snapshot;
  }

  // Put a word into the mailbox of another page. Tried again while the line is interrupted, until
  // wanted() says that it is of no use any more; always in the order of sending.
  send(to, toPage, kind, content, wanted) {
    this.#outgoing.push({
      word: { page: this.page, to, to_page: toPage, kind, key: newKey(), content: JSON.stringify(content) },
      wanted,
    });
    this.#deliver();
  }

  act(name, asked) {
    return post(this.#addresses[name], this.#csrf, asked);
  }

  async #deliver() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#outgoing.length) {
        const [next] = this.#outgoing;
        if (next.word.page === this.page && next.wanted() && !(await this.#sent(next.word))) {
          await pause(AGAIN);
          continue;
        }
        if (this.#outgoing[0] === next) this.#outgoing.shift();
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sent(word) {
    try {
      await post(this.#addresses.signal, this.#csrf, word);
      return true;
    } catch (problem) {
      // Refused for good: the next asking says why. Too many, or a server that starts: later.
      return problem instanceof Answered && problem.status < 500 && problem.status !== 429;
    }
  }
}

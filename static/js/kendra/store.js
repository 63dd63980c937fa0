// What the counter keeps in this browser until the portal has answered: the draft of the form after
// each key, and bookings that were pressed and not yet answered. Each operator of each counter has
// their own; everything is removed as soon as it is answered.

const DAY = 24 * 60 * 60 * 1000;

export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Store {
  // Proposed for the next slip; a name, so the browser does not keep it.
  witness = "";
  #memory = new Map();
  #counter;
  #own;
  #trouble;

  // trouble() is called when the browser cannot keep something.
  constructor(counter, operator, trouble) {
    this.#counter = `kendra:${counter}:`;
    this.#own = `${this.#counter}${operator}:`;
    this.#trouble = trouble;
    this.#forgetOldDrafts();
  }

  get draft() {
    return this.#read(`${this.#own}draft`);
  }

  set draft(draft) {
    if (draft) this.#write(`${this.#own}draft`, draft);
    else this.#remove(`${this.#own}draft`);
  }

  // One entry for each, so that two tabs never write over each other's.
  get unsent() {
    const prefix = `${this.#own}unsent:`;
    return this.#names()
      .filter((name) => name.startsWith(prefix))
      .map((name) => this.#read(name))
      .filter(Boolean)
      .sort((one, other) => one.pressed - other.pressed);
  }

  // Returns whether the browser keeps it even when the power fails.
  keep(item) {
    return this.#write(`${this.#own}unsent:${item.key}`, item);
  }

  drop(key) {
    this.#remove(`${this.#own}unsent:${key}`);
  }

  // How many bookings of other operators wait on this computer.
  get others() {
    return this.#names().filter(
      (name) => name.startsWith(this.#counter) && !name.startsWith(this.#own) && name.includes(":unsent:"),
    ).length;
  }

  #names() {
    const names = new Set(this.#memory.keys());
    try {
      for (const name of Object.keys(localStorage)) names.add(name);
    } catch {
      this.#trouble();
    }
    return [...names];
  }

  #read(name) {
    if (this.#memory.has(name)) return this.#memory.get(name);
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  }

  #write(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
      this.#memory.delete(name);
      return true;
    } catch {
      // Full, or not allowed: kept while this page stands, and said so.
      this.#memory.set(name, value);
      this.#trouble();
      return false;
    }
  }

  #remove(name) {
    this.#memory.delete(name);
    try {
      localStorage.removeItem(name);
    } catch {
      this.#trouble();
    }
  }

  // What somebody typed and never pressed stays no longer than a day on a shared computer.
  #forgetOldDrafts() {
    for (const name of this.#names()) {
      if (!name.startsWith("kendra:") || !name.endsWith(":draft")) continue;
      const draft = this.#read(name);
      if (!draft || Date.now() - draft.at > DAY) this.#remove(name);
    }
  }
}

// One line above the form: what the line, the lock or the sign-in does to the work.

export class Notice {
  #place;
  #words;
  #root;
  #kept = "";

  constructor(root, words) {
    this.#root = root;
    this.#words = words;
    this.#place = root.querySelector("[data-line]");
  }

  line(up) {
    if (up) this.#show("done", this.#words.say("back"));
    else this.#show("waiting", this.#words.say("down"));
  }

  sending() {
    this.#show("info", this.#words.say("sending"));
  }

  say(words) {
    this.#show("waiting", words);
  }

  // The browser keeps nothing: said until the page is gone, and asked once more before that.
  noStore() {
    if (this.#kept) return;
    this.#kept = this.#words.say("no-store");
    addEventListener("beforeunload", (event) => event.preventDefault());
    this.#show("refused", this.#kept);
  }

  clear() {
    if (this.#kept) this.#show("refused", this.#kept);
    else this.#place.replaceChildren();
  }

  // Why nothing can be sent now, and the way on.
  stopped(kind, answer) {
    const { signIn, page } = this.#root.dataset;
    const next = `?next=${encodeURIComponent(page)}`;
    const ways = {
      "signed-out": ["signed-out", "sign-in", `${signIn}${next}`],
      locked: ["locked", "with-pin", answer.data?.at ? `${answer.data.at}${next}` : page],
      switched: ["switched", "reload", page],
      stale: ["stale", "reload", page],
      gone: ["gone"],
      busy: ["too-many"],
      broken: ["broken"],
      down: ["down"],
    };
    const [name, action, address] = ways[kind] || ways.broken;
    this.#show("waiting", this.#words.say(name), action && { words: this.#words.say(action), address });
  }

  #show(kind, words, action) {
    const box = document.createElement("div");
    box.className = `notice notice-${kind}`;
    const text = document.createElement("p");
    text.textContent = words;
    if (action) {
      const link = document.createElement("a");
      link.href = action.address;
      link.textContent = action.words;
      text.append(" ", link);
    }
    box.append(text);
    this.#place.replaceChildren(box);
  }
}

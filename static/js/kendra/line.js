// Asking the portal over a line that may be slow or gone. Every answer has a kind; nothing is thrown.

const PATIENCE = 20000;
// How often the page asks whether the line is back.
const FIRST_LOOK = 4000;
const LONGEST_LOOK = 60000;
const KINDS = { 401: "signed-out", 404: "gone", 409: "taken", 422: "refused", 423: "locked", 429: "busy" };

export class Line {
  #page;
  #alive;
  #operator;
  #changed;
  #up = true;
  #look = FIRST_LOOK;
  #timer;

  // changed(up) is called when the line goes and when it is back.
  constructor({ page, alive, operator, changed }) {
    this.#page = page;
    this.#alive = alive;
    this.#operator = operator;
    this.#changed = changed;
    addEventListener("online", () => this.#lookAgain());
  }

  get up() {
    return this.#up;
  }

  get(address, asked, { signal, unattended = false } = {}) {
    const headers = unattended ? { "X-Unattended": "1" } : {};
    return this.#ask(`${address}?${new URLSearchParams(asked)}`, { signal, headers }, "text/html");
  }

  // A part of the page, as HTML, for what is asked by POST.
  part(address, fields) {
    return this.#post(address, fields, "text/html");
  }

  // unattended: nobody pressed anything, the page asks by itself.
  send(address, fields, { unattended = false } = {}) {
    return this.#post(address, fields, "application/json", unattended);
  }

  async #post(address, fields, accept, unattended = false) {
    const question = () => {
      const headers = { "X-CSRFToken": this.#token() };
      if (unattended) headers["X-Unattended"] = "1";
      return this.#ask(address, { method: "POST", body: new URLSearchParams(fields), headers }, accept);
    };
    const answer = await question();
    if (answer.kind !== "stale") return answer;
    // The form's secret has run out, as after a sign-in in another tab: fetch a new one, once.
    const renewed = await this.#renew();
    return renewed || question();
  }

  #token() {
    return document.querySelector("#counter-form [name=csrfmiddlewaretoken]").value;
  }

  // Returns why it could not be renewed, or null.
  async #renew() {
    const answer = await this.#ask(this.#page, {}, "text/html");
    if (answer.kind !== "ok") return answer;
    const fresh = new DOMParser().parseFromString(answer.text, "text/html");
    const counter = fresh.querySelector("[data-operator]");
    const token = fresh.querySelector("#counter-form [name=csrfmiddlewaretoken]");
    if (!token || counter?.dataset.operator !== this.#operator) return { kind: "switched" };
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token.value;
    return null;
  }

  async #ask(address, options, accept) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    options.signal?.addEventListener("abort", () => patience.abort());
    try {
      const response = await fetch(address, {
        credentials: "same-origin",
        cache: "no-store",
        redirect: "manual",
        ...options,
        headers: { Accept: accept, ...options.headers },
        signal: patience.signal,
      });
      const answer = await this.#read(response);
      if (answer.kind !== "broken") this.#look = FIRST_LOOK;
      this.#tell(answer.kind !== "broken");
      return answer;
    } catch {
      if (options.signal?.aborted) return { kind: "dropped" };
      this.#tell(false);
      return { kind: "down" };
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(response) {
    // The portal leads a page elsewhere only when nobody is signed in.
    if (response.type === "opaqueredirect") return { kind: "signed-out" };
    const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
    const text = await response.text();
    const data = isJson ? JSON.parse(text) : {};
    if (response.ok) return { kind: "ok", text, data };
    if (response.status === 403) return { kind: "stale", text, data };
    if (response.status >= 500) return { kind: "broken", text, data };
    if (response.status === 423 && data.rule !== "locked") return { kind: "switched", text, data };
    return { kind: KINDS[response.status] || "broken", text, data };
  }

  #tell(up) {
    if (up === this.#up) return;
    this.#up = up;
    if (!up) this.#lookLater();
    this.#changed(up);
  }

  #lookLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookAgain(), this.#look);
    // A portal that lives and yet answers nothing properly is not asked every few seconds.
    this.#look = Math.min(this.#look * 2, LONGEST_LOOK);
  }

  // Nobody has to press anything for the page to see that the line is back.
  async #lookAgain() {
    clearTimeout(this.#timer);
    if (this.#up) return;
    let answered = false;
    try {
      answered = (await fetch(this.#alive, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) })).ok;
    } catch {
      // Still down.
    }
    if (answered) this.#tell(true);
    else if (!this.#up) this.#lookLater();
  }
}

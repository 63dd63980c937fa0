// The column beside the form: the queue of the hall, today's meetings, messages from offices. Their
// buttons act without leaving the page, and what others do is fetched once in a while.

const EACH = 60000;

export class Queue {
  #root;
  #line;
  #stopped;
  #place;
  #paper;
  #busy = false;

  // stopped(kind, answer) is called when a button could not act.
  constructor({ root, line, stopped }) {
    this.#root = root;
    this.#line = line;
    this.#stopped = stopped;
    this.#place = root.querySelector("[data-today-place]");
    this.#paper = root.querySelector("[data-token-paper]");
    this.#place.addEventListener("submit", (event) => this.#pressed(event));
    this.#place.addEventListener("click", (event) => {
      const link = event.target.closest("[data-token-slip]");
      if (!link) return;
      event.preventDefault();
      this.#print(link.href);
    });
    addEventListener("afterprint", () => setTimeout(() => this.#paper.replaceChildren()));
    setInterval(() => document.hidden || this.refresh(), EACH);
  }

  async refresh() {
    if (this.#busy || !this.#line.up) return;
    const answer = await this.#line.get(this.#root.dataset.today, {}, { unattended: true });
    if (answer.kind !== "ok" || this.#busy) return;
    const fresh = document.createElement("template");
    fresh.innerHTML = answer.text;
    for (const part of fresh.content.querySelectorAll("[data-part]")) this.#put(part);
  }

  // A part in which somebody is about to press something stays as it is.
  #put(part) {
    const old = this.#place.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!old.contains(document.activeElement)) old.replaceWith(part);
  }

  async #pressed(event) {
    const { target: form, submitter } = event;
    const seen = form.matches("[data-notice-seen]");
    if (!seen && !form.matches("[data-token-form]")) return;
    event.preventDefault();
    if (this.#busy) return;
    this.#busy = true;
    form.setAttribute("aria-busy", "true");
    const fields = new FormData(form);
    if (submitter?.name) fields.set(submitter.name, submitter.value);
    const answer = await this.#line.part(form.action, fields);
    this.#busy = false;
    form.removeAttribute("aria-busy");
    if (seen && answer.kind === "ok") this.#noted(form);
    else if (["ok", "refused", "taken"].includes(answer.kind)) this.#show(form, submitter, answer.text);
    else this.#stopped(answer.kind, answer);
  }

  #noted(form) {
    const part = form.closest("[data-part]");
    form.closest("li").remove();
    const next = part.querySelector("[data-notice-seen] button");
    part.hidden = !next;
    next?.focus();
  }

  #show(form, submitter, html) {
    const old = form.closest("[data-part]");
    const focused = old.contains(document.activeElement);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const part = fresh.content.querySelector("[data-part]");
    old.replaceWith(part);
    if (focused) {
      const same = [...part.querySelectorAll("form")].find((one) => one.action === form.action);
      (same?.querySelector(`[value="${submitter?.value}"]`) || part.querySelector("button"))?.focus();
    }
    const slip = submitter?.value === "new" && part.querySelector("[data-token-slip]");
    if (slip) this.#print(slip.href);
  }

  // The number goes on paper and nothing else does, and the cursor stays where it is.
  async #print(address) {
    const answer = await this.#line.get(address, {});
    if (answer.kind !== "ok") {
      this.#stopped(answer.kind, answer);
      return;
    }
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    this.#paper.replaceChildren(page.querySelector("[data-slip]"));
    window.print();
  }
}

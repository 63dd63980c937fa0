// The code that is sent to the walk-in's phone and read out at the counter.

import { digitsOf, tenDigits } from "./fields.js";

const SIX = 6;

export class ConsentByCode {
  #form;
  #root;
  #line;
  #words;
  #told;
  #stopped;
  #proved;
  #sentFor = "";
  #provedFor = "";

  // proved() is called when the right code was read out.
  constructor({ root, form, line, words, stopped, proved }) {
    this.#root = root;
    this.#form = form;
    this.#line = line;
    this.#words = words;
    this.#stopped = stopped;
    this.#proved = proved;
    this.#told = root.querySelector("[data-code-words]");
    root.querySelector("[data-send-code]").addEventListener("click", (event) => {
      event.preventDefault();
      this.#sentFor = "";
      this.send();
      form.elements.code.focus();
    });
    form.elements.code.addEventListener("focus", () => this.send());
    form.elements.code.addEventListener("input", () => {
      if (digitsOf(form.elements.code.value) === SIX) this.check();
    });
  }

  get sentFor() {
    return this.#sentFor;
  }

  restore(sentFor) {
    this.#sentFor = sentFor || "";
    this.#provedFor = "";
    this.#told.textContent = "";
  }

  // Once for each booking and number, however often the field is come to.
  async send() {
    const phone = tenDigits(this.#form.elements.phone.value);
    const now = this.#subject(phone);
    if (!phone || this.#sentFor === now || this.#form.elements.consent.value !== "code") return;
    this.#sentFor = now;
    this.#told.textContent = this.#words.say("sending");
    const answer = await this.#line.send(this.#root.dataset.code, {
      phone,
      key: this.#form.elements.key.value,
      language: this.#form.elements.language.value,
    });
    if (this.#sentFor !== now) return;
    if (answer.kind !== "ok") this.#sentFor = "";
    this.#tell(answer);
  }

  async check() {
    const phone = tenDigits(this.#form.elements.phone.value);
    const now = this.#subject(phone);
    const typed = this.#form.elements.code.value;
    if (this.#provedFor === now) return this.#proved();
    const answer = await this.#line.send(this.#root.dataset.codeCheck, {
      phone,
      key: this.#form.elements.key.value,
      code: typed,
    });
    if (this.#form.elements.code.value !== typed) return;
    this.#tell(answer);
    // Without a line the code goes with the booking, which is judged when it arrives.
    if (["down", "broken"].includes(answer.kind)) this.#proved();
    if (answer.kind !== "ok") return;
    if (!answer.data.ok) {
      this.#form.elements.code.select();
      return;
    }
    this.#provedFor = now;
    this.#proved();
  }

  #subject(phone) {
    return `${this.#form.elements.key.value} ${phone}`;
  }

  #tell(answer) {
    if (answer.kind === "ok" || answer.kind === "refused") this.#told.textContent = answer.data.words;
    else if (["down", "broken"].includes(answer.kind)) this.#told.textContent = this.#words.say("code-later");
    else this.#stopped(answer.kind, answer);
  }
}

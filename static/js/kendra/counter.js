// The counter's page with a script: the same form and the same parts, but the page is never left, the
// focus goes on by itself, and nothing typed is lost when the line or the power goes.

import { Words } from "../meeting/words.js";
import { ConsentByCode } from "./consent.js";
import { empty, entriesOf, fill, tenDigits, valueOf } from "./fields.js";
import { bindKeys, whenStill } from "./keys.js";
import { Line } from "./line.js";
import { Lists } from "./lists.js";
import { Notice } from "./notice.js";
import { Queue } from "./queue.js";
import { Slip } from "./slip_panel.js";
import { newKey, Store } from "./store.js";
import { ASIDE, Unsent, WAITING } from "./unsent.js";
import { bindWay } from "./way.js";

const QUIET = 600;

class CounterPage {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("#counter-form");
    this.fields = this.form.elements;
    this.operator = root.dataset.operator;
    this.words = new Words(root);
    this.notice = new Notice(root, this.words);
    this.store = new Store(root.dataset.counter, this.operator, () => this.notice.noStore());
    this.line = new Line({
      page: root.dataset.page,
      alive: root.dataset.alive,
      operator: this.operator,
      changed: (up) => this.lineChanged(up),
    });
    const stopped = (kind, answer) => this.notice.stopped(kind, answer);
    this.lists = new Lists({ root, line: this.line, stopped });
    this.slip = new Slip(root, () => this.fields.phone.focus());
    this.queue = new Queue({ root, line: this.line, stopped });
    this.consent = new ConsentByCode({
      root,
      form: this.form,
      line: this.line,
      words: this.words,
      stopped,
      proved: () => this.bookButton.focus(),
    });
    this.unsent = new Unsent({
      root,
      store: this.store,
      line: this.line,
      words: this.words,
      handlers: {
        sent: (data, item) => this.sent(data, item),
        refused: (answer, item) => this.refused(answer, item),
        stopped,
        open: (item) => this.open(item),
      },
    });
    this.bookButton = root.querySelector("[data-book-button]");
    this.started = null;
    // The booking that was pressed and whose answer the form waits for.
    this.waitsFor = "";
    // The number or Family ID whose people are shown.
    this.shown = "";
    // The words whose offices are shown; null before the first.
    this.officesOf = this.fields.office_q.value.trim();
  }

  start() {
    bindKeys();
    bindWay(this);
    this.form.addEventListener("input", (event) => this.typed(event));
    this.form.addEventListener("change", () => this.save());
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.root.querySelector("[data-new]").addEventListener("click", () => this.next());
    this.findOffices = whenStill(() => this.offices());
    this.findServices = whenStill(() => this.services());
    this.restore();
    this.unsent.retry();
    const wrong = this.root.querySelector("[data-error-summary]");
    if (!wrong && !this.slip.focus()) this.fields.phone.focus();
  }

  lineChanged(up) {
    this.notice.line(up);
    if (!up) return;
    this.unsent.retry();
    this.lookAgain();
  }

  // What could not be looked up while the line was down; what was typed meanwhile stays.
  async lookAgain() {
    if (this.waitsFor) return;
    if (this.lists.standsIn("people")) {
      const now = document.activeElement;
      const inside = now === this.fields.name || this.lists.place("people").contains(now);
      const entries = this.fields.name.value.trim() ? entriesOf(this.form) : [];
      await this.people(entries);
      if (inside) this.toPerson();
    }
    await this.offices();
    if (this.lists.standsIn("times")) {
      // Whoever has gone on past the times has told the person that the office decides.
      const focus = this.lists.place("times").contains(document.activeElement);
      await this.times({ post: this.chosen("post"), slot: focus ? "" : "any", focus });
    }
    if (document.activeElement === this.fields.code) this.consent.send();
  }

  // What is typed is kept at once.
  typed({ target }) {
    this.started ||= Date.now();
    const { name } = target;
    if (name === "phone") this.phoneTyped();
    if (name === "family_id") this.shown = "";
    if (name === "office_q") this.findOffices();
    if (name === "service_q") this.findServices();
    this.save();
  }

  save() {
    if (this.waitsFor) return;
    const entries = entriesOf(this.form);
    const key = this.fields.key.value;
    this.store.draft = { key, entries, started: this.started, codeFor: this.consent.sentFor, at: Date.now() };
  }

  restore() {
    const draft = this.store.draft;
    const fresh = this.root.hasAttribute("data-fresh");
    if (!fresh || !draft || this.unsent.has(draft.key)) {
      if (fresh && !this.fields.witness.value) this.fields.witness.value = this.store.witness;
      return;
    }
    this.show(draft);
  }

  // Put what was kept into the form, and fetch the lists that belong to it.
  async show({ entries, started, codeFor }) {
    this.blank();
    fill(this.form, entries);
    this.started = started;
    this.consent.restore(codeFor);
    this.consentShown();
    const post = valueOf(entries, "post");
    const person = valueOf(entries, "person");
    if (tenDigits(this.fields.phone.value) || this.fields.family_id.value || person) await this.people(entries);
    if (valueOf(entries, "service_q")) await this.services(entries);
    // Also without words: a list that was asked for before would put itself over this choice.
    if (valueOf(entries, "office_q") || post) await this.offices(entries);
    if (post) await this.times({ post, slot: valueOf(entries, "slot"), entries });
    this.save();
  }

  phoneTyped() {
    const phone = tenDigits(this.fields.phone.value);
    if (!phone && this.shown) {
      this.shown = "";
      this.lists.put("people", "");
    }
    if (phone && phone !== this.shown) {
      this.people();
      // The line may be slow: what is said goes into the subject meanwhile.
      if (document.activeElement === this.fields.phone) this.fields.subject.focus();
    }
    this.consentShown();
  }

  // Without a number no code can come: then the slip on paper is chosen.
  consentShown() {
    const paper = !this.fields.phone.value.trim();
    if (paper && this.fields.consent.value === "code" && this.fields.family_id.value) this.fields.consent.value = "paper";
    if (!paper && this.fields.consent.value === "paper" && !this.fields.serial_number.value) this.fields.consent.value = "code";
  }

  async people(entries = null) {
    const phone = tenDigits(this.fields.phone.value);
    const family_id = phone ? "" : this.fields.family_id.value.trim();
    this.shown = phone || family_id;
    const asked = { phone, family_id, person: entries ? valueOf(entries, "person") : "" };
    if (!(await this.lists.show("people", asked, { post: true, entries })) || entries) return;
    this.save();
    // Whoever writes the subject by now is not interrupted: Enter leads to the person.
    if (document.activeElement !== this.fields.subject || !this.fields.subject.value) this.toPerson();
  }

  // What is still to be said of the person, else the subject.
  toPerson() {
    const people = [...this.form.querySelectorAll('[name="person"]')];
    const chosen = people.find((one) => one.checked);
    if (!chosen && people.length) people[0].focus();
    else if (chosen?.value === "new" && !this.fields.name.value.trim()) this.fields.name.focus();
    else return false;
    return true;
  }

  // For the words that stand there; those that were asked for already are not asked for again. Returns
  // whether the list is that of these words.
  async offices(entries = null) {
    const q = this.fields.office_q.value.trim();
    if (q === this.officesOf && !entries) return true;
    if (await this.lists.show("offices", { q, post: this.chosen("post") }, { entries })) this.officesOf = q;
    return q === this.officesOf;
  }

  async services(entries = null) {
    await this.lists.show("services", { q: this.fields.service_q.value, service: this.chosen("service") }, { entries });
    this.feeShown();
  }

  async times({ post, slot = "", from = "", focus = false, entries = null }) {
    const accessible = this.fields.needs_accessible_seat.checked ? "on" : "";
    const asked = { post, slot, from, accessible };
    if (!(await this.lists.show("times", asked, { entries }))) return;
    this.timesShown();
    if (focus) this.form.querySelector('[name="slot"]:checked')?.focus();
    this.save();
  }

  timesShown() {
    const times = this.lists.place("times").querySelector("[data-category]");
    if (times?.dataset.category && !this.categoryChosen) this.fields.category.value = times.dataset.category;
    this.seatShown();
  }

  // A time without a free seat is one for the person's own phone.
  seatShown() {
    const slot = this.form.querySelector('[name="slot"]:checked');
    if (!slot) return;
    const without = !("seat" in slot.dataset) && slot.value.includes("/");
    const seat = this.fields.seat_wanted;
    if (without && seat.checked) {
      seat.checked = false;
      this.seatTaken = true;
    } else if (!without && this.seatTaken) {
      seat.checked = true;
      this.seatTaken = false;
    }
  }

  feeShown() {
    const place = this.root.querySelector("[data-fee-place]");
    const service = this.form.querySelector('[name="service"]:checked');
    const most = Number(service ? service.dataset.fee : place.dataset.usual);
    place.hidden = !most;
    if (!most) this.fields.fee_rs.value = "";
    else this.fields.fee_rs.max = most;
  }

  chosen(name) {
    return this.form.querySelector(`[name="${name}"]:checked`)?.value || "";
  }

  submitted(event) {
    const { submitter } = event;
    // The language is changed by the form itself, with everything that is typed.
    if (submitter?.name === "switch_language") return;
    event.preventDefault();
    if (submitter === this.bookButton) this.book();
  }

  // First kept, then sent: what happens to the line or to this computer now loses nothing.
  book() {
    if (this.waitsFor) return;
    const seconds = this.started ? Math.round((Date.now() - this.started) / 1000) : "";
    this.fields.took_s.value = seconds;
    const item = {
      key: this.fields.key.value,
      entries: entriesOf(this.form),
      name: this.nameOf(),
      pressed: Date.now(),
      started: this.started,
      state: WAITING,
    };
    this.waitsFor = item.key;
    this.quiet();
    this.unsent.keep(item);
    this.store.draft = null;
    this.form.inert = true;
    this.notice.sending();
    this.unsent.send(item).then((answer) => this.answered(answer, item));
  }

  // The second press of a double one is for this booking too: nothing is printed or left by it.
  quiet() {
    this.root.setAttribute("data-quiet", "");
    setTimeout(() => this.root.removeAttribute("data-quiet"), QUIET);
  }

  nameOf() {
    const chosen = this.form.querySelector('[name="person"]:checked');
    if (!chosen || chosen.value === "new") return this.fields.name.value;
    return chosen.labels[0]?.dataset.name || "";
  }

  // Whatever was not answered waits in the list, and the counter goes on with the next person.
  answered(answer, item) {
    if (this.waitsFor !== item.key || !answer) return;
    if (["ok", "refused", "taken", "gone"].includes(answer.kind)) return;
    this.next();
  }

  sent(data, item) {
    this.slip.listed(data.row);
    if (valueOf(item.entries, "consent") === "paper") this.store.witness = valueOf(item.entries, "witness");
    if (this.waitsFor !== item.key) return;
    this.notice.clear();
    this.next();
    this.slip.show(data.slip);
  }

  // Returns whether the form shows it; else it stays in the list to be opened.
  refused(answer, item) {
    if (this.waitsFor !== item.key || answer.kind === "gone") {
      if (this.waitsFor === item.key) this.next();
      if (answer.kind === "gone") this.notice.stopped("gone", answer);
      return false;
    }
    this.waitsFor = "";
    this.form.inert = false;
    this.notice.clear();
    this.wrong(answer.data);
    // The same key with other words would be refused: this booking is a new one.
    if (answer.kind === "taken" && !answer.data.times) this.fields.key.value = newKey();
    this.save();
    return true;
  }

  wrong({ summary = "", errors = {}, times = "", words = "" }) {
    this.root.querySelector("[data-summary]").innerHTML = summary;
    if (times) {
      this.lists.put("times", times);
      this.timesShown();
      this.form.querySelector('[name="slot"]:checked')?.focus();
      this.notice.say(words);
      return;
    }
    const first = Object.keys(errors).find((name) => name !== "__all__");
    const field = first && this.form.querySelector(`[name="${first}"]:checked, [name="${first}"]`);
    for (let place = field?.closest("details"); place; place = null) place.open = true;
    if (field) field.focus();
    else this.root.querySelector("[data-error-summary]")?.focus();
  }

  open(item) {
    this.putAside();
    this.unsent.drop(item.key);
    this.show(item);
    if (item.words) this.notice.say(item.words);
  }

  // A form in which something was typed is not thrown away.
  putAside() {
    const entries = entriesOf(this.form);
    const typed = ["phone", "name", "subject", "serial_number"].some((name) => valueOf(entries, name));
    if (!typed || this.waitsFor) return;
    const key = this.fields.key.value;
    this.unsent.keep({ key, entries, name: this.nameOf(), pressed: Date.now(), started: this.started, state: ASIDE });
  }

  // The next person: an empty form with a key of its own.
  next() {
    this.putAside();
    this.waitsFor = "";
    this.form.inert = false;
    this.store.draft = null;
    this.blank();
    this.fields.phone.focus();
    // What was booked just now is proposed first.
    this.officesOf = null;
    this.offices();
    this.queue.refresh();
  }

  blank() {
    for (const name of ["people", "services", "times"]) {
      this.lists.drop(name);
      this.lists.put(name, "");
    }
    this.root.querySelector("[data-summary]").replaceChildren();
    for (const wrong of this.form.querySelectorAll(".field-error")) wrong.remove();
    for (const field of this.form.querySelectorAll(".has-error, .is-invalid")) field.classList.remove("has-error", "is-invalid");
    for (const more of this.form.querySelectorAll("details")) more.open = false;
    empty(this.form, { key: newKey(), operator: this.operator, witness: this.store.witness });
    this.consent.restore("");
    this.started = null;
    this.shown = "";
    this.categoryChosen = false;
    this.seatTaken = false;
    this.feeShown();
  }
}

const root = document.querySelector("[data-counter]");
if (root) new CounterPage(root).start();

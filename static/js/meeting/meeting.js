// One page of a meeting, from taking its seat to the end: it asks the portal what it may know, and
// brings status, people, pictures and lists to it. No decision rests on the clock of the device.

import { Calls } from "./calls.js";
import { bindButtons, bindChat, bindPaper } from "./controls.js";
import { bindDesk } from "./desk.js";
import { missing } from "./devices.js";
import { Own } from "./own.js";
import { Pictures } from "./pictures.js";
import { Answered, Mailbox, clockIsWrong, pause } from "./signalling.js";
import { Notices, Words } from "./words.js";

// How often the portal is asked, in milliseconds. An answer to an offer is looked for most eagerly:
// what is waited for then is the first picture.
const EAGER = 40;
const AT_ONCE = 120;
const NEGOTIATING = 400;
const SETTLED = 1500;
const OUTSIDE = 5000;
const CLOSED_DOOR = 10000;
const LONGEST = 8000;
const EAGER_FOR = 1000;
const HURRY_FOR = 3000;
const NEGOTIATING_FOR = 20000;
// A relay's credential is renewed when two thirds of its time are over.
const RENEWED_AFTER = 2 / 3;
const ENTRY_AT_LEAST = 60 * 1000;
const SAID_AFTER = 2;

const ADDRESSES = ["enter", "poll", "signal", "leave", "admit", "refuse", "remove", "end", "chat", "share", "call"];

export function start(root) {
  new Meeting(root).run();
}

class Meeting {
  constructor(root) {
    this.root = root;
    this.words = new Words(root);
    this.notices = new Notices(root);
    this.status = root.querySelector("[data-meeting-status]");
    this.stage = root.querySelector("[data-meeting-stage]");
    this.side = root.dataset.side;
    const addresses = Object.fromEntries(ADDRESSES.map((name) => [name, root.dataset[name]]));
    this.mailbox = new Mailbox(addresses, root.querySelector("[name=csrfmiddlewaretoken]").value);
    this.able = !missing();
    this.round = 0;
    this.eagerUntil = 0;
    this.hurryUntil = 0;
    this.entryAt = null;
    this.entryLasts = Infinity;
    this.wake = () => {};
    this.#bind();
  }

  #bind() {
    const { words, notices, stage, mailbox } = this;
    this.calls = new Calls({
      send: (...word) => mailbox.send(...word),
      changed: (call) => this.#called(call),
      gone: (call) => this.pictures.gone(call),
      negotiating: () => this.hurry(),
    });
    this.pictures = new Pictures(stage, words, this.calls, {
      silent: () => this.buttons.offerSound(),
      line: (line) => this.#line(line),
    });
    this.own = new Own(this.root, words, notices, this.calls);
    this.buttons = bindButtons(stage, words, this.own, {
      hangUp: () => this.hangUp(),
      soundOn: () => this.pictures.playAll(),
    });
    const act = (name, asked) => mailbox.act(name, { page: mailbox.page, ...asked });
    this.showChat = bindChat(stage, words, notices, async (written) => {
      await act("chat", { words: written });
      this.hurry();
    });
    this.showPaper = bindPaper(stage, words, notices, {
      address: this.root.dataset.shared,
      share: async (wanted) => {
        await act("share", wanted);
        this.hurry();
      },
      announce: (told) => this.say(told),
    });
    this.showGuests = bindDesk(this.root, words, notices, { act, hurry: () => this.hurry() });
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
    window.addEventListener("online", () => this.wake());
    // A page that the browser kept in memory has lost its calls.
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  async run() {
    const lacking = missing();
    if (lacking) this.notices.tell("browser", this.words.say(lacking), { kind: "refused" });
    else this.own.open();
    await this.#enterAndFollow();
  }

  say(told) {
    if (this.status.textContent !== told) this.status.textContent = told;
  }

  // Look sooner than usual: something is on its way.
  hurry() {
    this.eagerUntil = performance.now() + EAGER_FOR;
    this.hurryUntil = performance.now() + HURRY_FOR;
    this.wake();
  }

  async hangUp() {
    this.round += 1;
    this.#stop("left", { text: this.words.say("come-back"), act: () => this.#again() });
    try {
      await this.mailbox.act("leave", { page: this.mailbox.page });
    } catch {
      // The portal notes by itself that this page is not heard of any more.
    }
    // At a Kendra the counter is open again for whoever comes next.
    if (this.root.dataset.afterLeaving) location.assign(this.root.dataset.afterLeaving);
  }

  async #again() {
    this.notices.dropAll();
    if (this.able && !this.own.sound && !this.own.picture) this.own.open();
    await this.#enterAndFollow();
  }

  // Each entering begins a round; what belongs to an earlier one ends by itself.
  async #enterAndFollow() {
    const round = (this.round += 1);
    this.say(this.words.say("entering"));
    if (!(await this.#enter(round))) return;
    this.calls.closeAll();
    this.calls.page = this.mailbox.page;
    this.entryAt = null;
    this.hurryUntil = performance.now() + HURRY_FOR;
    this.enteredAt = performance.now();
    await this.#follow(round);
  }

  async #enter(round) {
    while (round === this.round) {
      try {
        await this.mailbox.enter(this.side);
        this.notices.drop("door");
        this.notices.drop("offline");
        return round === this.round;
      } catch (problem) {
        if (!(problem instanceof Answered) || problem.status >= 500) {
          this.notices.tell("offline", this.words.say("offline"));
          await this.#pause(SETTLED);
        } else if (problem.status === 409) {
          const { rule, until } = problem.answer;
          const told = rule === "room_not_open" ? this.words.say("not-open", until) : problem.answer.words;
          this.say(told);
          await this.#pause(CLOSED_DOOR);
        } else {
          this.#stop("no-seat", this.#reloading());
          return false;
        }
      }
    }
    return false;
  }

  async #follow(round) {
    let failures = 0;
    while (round === this.round) {
      const entry = this.#wantsEntry();
      try {
        const snapshot = await this.mailbox.ask({ entry });
        if (round !== this.round) return;
        if (failures >= SAID_AFTER) {
          this.notices.drop("offline");
          this.calls.revive();
        }
        failures = 0;
        await this.#show(snapshot);
      } catch (problem) {
        if (round !== this.round) return;
        if (problem instanceof Answered && [403, 404].includes(problem.status)) {
          await this.#lostSeat();
          return;
        }
        failures += 1;
        // Picture and sound go on: they need the portal only to be connected.
        if (failures >= SAID_AFTER) this.notices.tell("offline", this.words.say("offline"));
      }
      if (clockIsWrong()) this.notices.tell("clock", this.words.say("clock"), { kind: "info" });
      await this.#pause(Math.min(this.#interval() * 2 ** Math.min(failures, 3), LONGEST));
    }
  }

  #interval() {
    const moment = performance.now();
    const { last } = this;
    if (["refused", "removed"].includes(last?.status)) return OUTSIDE;
    if (moment < this.eagerUntil) return EAGER;
    if (moment < this.hurryUntil) return AT_ONCE;
    if (last?.status === "waiting") {
      return last.office_here || moment - this.enteredAt < NEGOTIATING_FOR ? NEGOTIATING : SETTLED;
    }
    const connecting = this.calls.all.some((call) => !call.connected && call.brokenFor < NEGOTIATING_FOR);
    return connecting ? NEGOTIATING : SETTLED;
  }

  #pause(milliseconds) {
    return Promise.race([pause(milliseconds), new Promise((done) => (this.wake = done))]);
  }

  #wantsEntry() {
    if (this.entryAt === null) return true;
    const age = performance.now() - this.entryAt;
    return age > this.entryLasts || (age > ENTRY_AT_LEAST && this.calls.all.some((call) => call.brokenFor > SETTLED * 4));
  }

  async #show(snapshot) {
    const before = this.last?.status;
    this.last = snapshot;
    if (!snapshot.room_open && snapshot.room_status === "closed") {
      this.#stop(`closed-${snapshot.closed_for || "time"}`, this.#reloading());
      this.round += 1;
      if (snapshot.closed_for === "replaced") setTimeout(() => location.reload(), CLOSED_DOOR / 2);
    } else if (!snapshot.current && snapshot.status !== "left") {
      this.#replaced();
    } else if (snapshot.status === "admitted") {
      if (before === "waiting") this.say(this.words.say("admitted"));
      await this.#inside(snapshot);
    } else {
      this.#outside(snapshot);
    }
    if (snapshot.guests) this.showGuests(snapshot.guests);
  }

  #outside(snapshot) {
    this.#leaveStage();
    if (snapshot.status !== "waiting") {
      this.say(this.words.say(snapshot.status));
      return;
    }
    const told = [this.words.say("waiting")];
    if (snapshot.ahead) told.push(this.words.say("ahead", snapshot.ahead));
    if (snapshot.late) told.push(this.words.say("late", snapshot.late));
    this.say(told.join(" "));
  }

  async #inside(snapshot) {
    this.stage.hidden = false;
    if (snapshot.entry) await this.#opened(snapshot.entry);
    const people = snapshot.people || [];
    if (this.able && !this.frame) {
      this.calls.match(people);
      for (const word of snapshot.signals) this.calls.hear(word);
      this.pictures.match(people);
    }
    this.showChat(snapshot.chat);
    this.showPaper(snapshot.paper);
    this.#sayHowItStands(people);
  }

  #sayHowItStands(people) {
    const here = people.filter((person) => person.page && person.here);
    const connected = this.calls.all.some((call) => call.connected);
    if (!here.length && !connected) this.say(this.words.say("alone"));
    else if (!this.frame) this.say(this.words.say(connected ? "connected" : "connecting"));
  }

  async #opened(entry) {
    this.entryAt = performance.now();
    this.entryLasts = (entry.lasts || Infinity) * 1000 * RENEWED_AFTER;
    if (entry.engine === "peer") {
      this.calls.configure(entry);
    } else if (!this.frame) {
      const engine = await import(`./${entry.engine}.js`);
      this.own.stop();
      this.frame = engine.open(this.root, entry, { hangUp: () => this.hangUp() });
    }
  }

  #called(call) {
    this.pictures.show(call);
    if (this.last?.status === "admitted") this.#sayHowItStands(this.last.people || []);
  }

  #line({ weak, telephone }) {
    if (telephone) this.notices.tell("line", this.words.say("telephone", this.words.say("phone-line")), { kind: "refused" });
    else if (weak) this.notices.tell("line", this.words.say("weak"));
    else this.notices.drop("line");
    const call = this.root.querySelector("[data-meeting-call]");
    if (call && telephone) call.hidden = false;
  }

  #replaced() {
    this.round += 1;
    this.#stop("replaced", { text: this.words.say("use-here"), act: () => this.#again() });
  }

  // This page has no seat any more: the room ended or moved, or another device took the seat. The
  // page of the portal knows which.
  async #lostSeat() {
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (fresh.querySelector("[data-meeting]")) {
        this.#replaced();
        return;
      }
    } catch {
      // The line is interrupted as well: the button tries again.
      this.#stop("no-seat", this.#reloading());
      return;
    }
    this.#stop("no-seat", this.#reloading());
    location.reload();
  }

  #reloading() {
    return { text: this.words.say("reload"), act: () => location.reload() };
  }

  #leaveStage() {
    if (this.stage.hidden) return;
    if (document.fullscreenElement) document.exitFullscreen();
    this.calls.closeAll();
    this.pictures.clear();
    this.frame?.close();
    this.frame = null;
    this.entryAt = null;
    this.stage.hidden = true;
  }

  // The end of this page's part, in words, with the one thing that can be done.
  #stop(name, action) {
    this.#leaveStage();
    this.own.stop();
    this.notices.dropAll();
    this.last = null;
    this.say("");
    this.notices.tell("end", this.words.say(name), { kind: "info", action });
  }
}

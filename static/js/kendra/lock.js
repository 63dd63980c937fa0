// The lock of a shared counter: F8, and by itself after three minutes in which nobody touched it; and
// the keys of the locked page. The portal asks for the PIN by itself after a longer pause, whatever
// this script does.

const IDLE = 3 * 60 * 1000;
const LOOK_EACH = 5000;
const SEEN = "kendra:touched";
const DIGITS = 6;
const PATIENCE = 20000;
const FIRST_WAIT = 2000;
const LONGEST_WAIT = 30000;

// Touched in any tab of this browser: who works in one keeps the others open.
function touched() {
  return Number(read(SEEN)) || 0;
}

function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

// A browser that keeps nothing counts for this tab alone.
function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // The portal tells the other tabs as soon as they ask for anything.
  }
}

// The screen is covered at once, line or no line; then the portal is told, and told again until it
// has heard. A page that is loaded again meanwhile is covered as well.
class Lock {
  #form;
  #owed;
  #wait = FIRST_WAIT;
  #timer;
  #covered = false;

  constructor(form) {
    this.#form = form;
    // Each Kendra has its own, like its session's lock.
    this.#owed = `kendra:lock:${form.dataset.lock}`;
    addEventListener("online", () => this.#covered && this.#tell());
    addEventListener("storage", (event) => {
      if (event.key !== this.#owed) return;
      // Another tab was locked, or has told the portal.
      if (event.newValue) this.lock();
      else if (this.#covered) this.#leave();
    });
    if (read(this.#owed)) this.lock();
  }

  lock() {
    if (this.#covered) return;
    this.#covered = true;
    if (!read(this.#owed)) write(this.#owed, String(Date.now()));
    this.#cover();
    this.#tell();
  }

  #cover() {
    const cover = document.querySelector("template[data-lock-cover]").content.firstElementChild.cloneNode(true);
    for (const part of document.body.children) {
      part.inert = true;
      part.style.setProperty("display", "none", "important");
    }
    document.body.append(cover);
    document.title = cover.querySelector("h1").textContent;
    cover.focus();
    // No key of the page behind does anything.
    for (const name of ["keydown", "keypress", "keyup"]) {
      addEventListener(name, (event) => event.stopImmediatePropagation(), { capture: true });
    }
  }

  async #tell() {
    clearTimeout(this.#timer);
    let answer = null;
    try {
      answer = await fetch(this.#form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(this.#form)),
        redirect: "manual",
        headers: { Accept: "application/json" },
        keepalive: true,
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      // The line is down.
    }
    if (!answer || answer.status >= 500 || answer.status === 429) {
      document.querySelector("[data-lock-waits]").hidden = false;
      this.#timer = setTimeout(() => this.#tell(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    } else if (answer.status === 403) {
      // The form is too old, as after a sign-in in another tab: the page anew locks itself, once.
      const [opened] = performance.getEntriesByType("navigation");
      if (opened?.type === "reload") this.#form.submit();
      else location.reload();
    } else {
      write(this.#owed, null);
      this.#leave();
    }
  }

  // The portal shows what is to be seen now: names and PIN, or the sign-in.
  #leave() {
    location.replace(this.#form.dataset.locked);
  }
}

function bindLock(form) {
  const lock = new Lock(form);
  let last = Date.now();
  const touch = () => {
    const moment = Date.now();
    if (moment - last < 1000 && moment >= last) return;
    last = moment;
    write(SEEN, String(moment));
  };
  touch();
  for (const name of ["keydown", "input", "pointerdown", "wheel"]) {
    document.addEventListener(name, touch, { capture: true, passive: true });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    lock.lock();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    lock.lock();
  });
  setInterval(() => {
    if (Date.now() - Math.max(last, touched()) >= IDLE) lock.lock();
  }, LOOK_EACH);
}

function bindUnlock(form) {
  const pin = form.elements.pin;
  const people = [...form.querySelectorAll("[data-key]")];
  const choose = (person) => {
    person.checked = true;
    pin.focus();
  };
  for (const person of people) person.addEventListener("change", () => pin.focus());
  // A key chooses a name only while nobody types: in the field the digits are the PIN's.
  document.addEventListener("keydown", (event) => {
    if (event.target === pin || event.ctrlKey || event.altKey || event.metaKey) return;
    const person = people.find((one) => one.dataset.key === event.key);
    if (!person) return;
    event.preventDefault();
    choose(person);
  });
  pin.addEventListener("input", () => {
    if (pin.value.replace(/\s/g, "").length >= DIGITS) form.requestSubmit();
  });
  document.activeElement?.blur?.();
  if (people.length === 1 || form.querySelector(".has-error")) pin.focus();
}

for (const form of document.querySelectorAll("[data-lock]")) bindLock(form);
for (const form of document.querySelectorAll("[data-unlock]")) bindUnlock(form);
// What the browser kept in memory is not shown again: the portal says whether it may be.
addEventListener("pageshow", (event) => event.persisted && location.reload());

// The lock of a shared counter: F8, and by itself after three minutes in which nobody touched it; and
// the keys of the locked page. The portal asks for the PIN by itself after a longer pause, whatever
// this script does.

const IDLE = 3 * 60 * 1000;
const LOOK_EACH = 5000;
const SEEN = "kendra:touched";
const DIGITS = 6;

// Touched in any tab of this browser: who works in one keeps the others open.
function touched() {
  try {
    return Number(localStorage.getItem(SEEN)) || 0;
  } catch {
    return 0;
  }
}

function bindLock(form) {
  let last = Date.now();
  const touch = () => {
    const moment = Date.now();
    if (moment - last < 1000 && moment >= last) return;
    last = moment;
    try {
      localStorage.setItem(SEEN, String(moment));
    } catch {
      // A browser that keeps nothing counts for this tab alone.
    }
  };
  touch();
  for (const name of ["keydown", "input", "pointerdown", "wheel"]) {
    document.addEventListener(name, touch, { capture: true, passive: true });
  }
  const lock = () => form.requestSubmit();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F8" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    lock();
  });
  const timer = setInterval(() => {
    if (Date.now() - Math.max(last, touched()) < IDLE) return;
    clearInterval(timer);
    lock();
  }, LOOK_EACH);
  // The other tabs follow at once: the portal has closed them anyway.
  addEventListener("storage", (event) => {
    if (event.key === "kendra:locked") location.reload();
  });
  form.addEventListener("submit", () => {
    try {
      localStorage.setItem("kendra:locked", String(Date.now()));
    } catch {
      // The portal tells them as soon as they ask for anything.
    }
  });
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

// What scripts add to pages that work without them. Each part looks for its data- hook and leaves
// every page without that hook alone.

const language = document.documentElement.lang === "en" ? "en" : "hi";

// Time left: the server's clock counts, so only the time since the page was made is added to it.
// The wording is that of esachivalaya/common/formats.py.
function durationText(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  const rest = minutes % 60;
  const hindi = language === "hi";
  const dayText = hindi ? `${days} दिन` : `${days} day${days === 1 ? "" : "s"}`;
  const hourText = hindi ? (hours === 1 ? "1 घंटा" : `${hours} घंटे`) : `${hours} h`;
  const minuteText = hindi ? `${rest} मिनट` : `${rest} min`;
  if (days) return hours ? `${dayText} ${hourText}` : dayText;
  if (hours) return rest ? `${hourText} ${minuteText}` : hourText;
  if (rest) return minuteText;
  return hindi ? "1 मिनट से कम" : "less than 1 min";
}

function leftText(milliseconds) {
  const text = durationText(milliseconds);
  if (language === "hi") {
    return milliseconds > 0 ? `${text} शेष` : `समय सीमा से ${text} ऊपर`;
  }
  return milliseconds > 0 ? `${text} left` : `overdue by ${text}`;
}

function runCountdowns() {
  const badges = [...document.querySelectorAll("[data-countdown]")].map((badge) => ({
    badge,
    left: Date.parse(badge.dataset.countdown) - Date.parse(badge.dataset.now),
  }));
  if (!badges.length) return;
  const shown = performance.now();
  setInterval(() => {
    for (const { badge, left } of badges) {
      const remaining = left - (performance.now() - shown);
      badge.querySelector("time").textContent = leftText(remaining);
      badge.classList.toggle("overdue", remaining <= 0);
    }
  }, 15000);
}

// Drafts: what was typed stays in this tab until the success page. Never passwords, codes, files or
// hidden fields. A browser that allows no storage simply keeps nothing.
const KEPT_TYPES = ["text", "textarea", "search", "tel", "email", "number", "date", "time", "select-one"];
const UNKEPT_NAMES = /code|otp|pin|password|token/i;

function storage() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

function keptFields(form) {
  return [...form.elements].filter(
    (field) =>
      field.name &&
      !UNKEPT_NAMES.test(field.name) &&
      (KEPT_TYPES.includes(field.type) || field.type === "radio" || field.type === "checkbox"),
  );
}

function isTick(field) {
  return field.type === "radio" || field.type === "checkbox";
}

function keepDrafts() {
  const store = storage();
  if (!store) return;
  if (document.querySelector("[data-forget-draft]")) {
    for (const key of Object.keys(store)) {
      if (key.startsWith("draft:")) store.removeItem(key);
    }
  }
  for (const form of document.querySelectorAll("form[data-keep-draft]")) {
    const key = `draft:${location.pathname}:${form.dataset.keepDraft}`;
    const kept = JSON.parse(store.getItem(key) || "{}");
    const untouched = !form.closest("main").querySelector("[data-error-summary]");
    for (const field of keptFields(form)) {
      const name = isTick(field) ? `${field.name}=${field.value}` : field.name;
      // What the server sends (after an error, or a draft of its own) wins over the browser's.
      if (!untouched || !(name in kept)) continue;
      if (isTick(field)) field.checked = kept[name];
      else if (!field.value) field.value = kept[name];
    }
    form.addEventListener("input", () => {
      const draft = {};
      for (const field of keptFields(form)) {
        if (isTick(field)) draft[`${field.name}=${field.value}`] = field.checked;
        else draft[field.name] = field.value;
      }
      try {
        store.setItem(key, JSON.stringify(draft));
      } catch {
        // The store is full: the page goes on without a draft.
      }
    });
  }
  // Signing out empties the tab: the next person at this phone must not find the last one's words.
  for (const form of document.querySelectorAll("form[data-ends-session]")) {
    form.addEventListener("submit", () => store.clear());
  }
}

// A second press while the first is on its way does nothing. The server is guarded as well.
function guardDoubleSending() {
  for (const form of document.querySelectorAll("form[data-send-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
    });
  }
  // Coming back with the browser's button shows the page from memory: it may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  });
}

function offerPrinting() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => window.print());
  }
}

document.documentElement.classList.add("has-js");
document.querySelector("[data-error-summary]")?.focus();
runCountdowns();
keepDrafts();
guardDoubleSending();
offerPrinting();

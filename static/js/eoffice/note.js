// The yellow note is kept while one types; what was pasted from an old font is offered in Unicode.
// Without this script the form has its buttons and loses nothing either.

import { listen } from "./hindi.js";

const PAUSE = 1500;
const AGAIN = 8000;

const form = document.querySelector("[data-note-form]");
if (form) start(form);
const { wordsHindi } = document.querySelector("[data-words-hindi]")?.dataset ?? {};
for (const field of document.querySelectorAll("textarea[data-hindi]")) listen(field, wordsHindi);

function start(form) {
  const field = form.querySelector("[data-note]");
  const version = form.elements.version;
  const said = document.querySelector("[data-note-said]");
  let kept = field.value;
  let timer = 0;
  // One keeping after the other, so that each sends the version that the one before it brought.
  let last = Promise.resolve();
  let stopped = false;

  const keepNow = () => {
    clearTimeout(timer);
    last = last.then(keep);
    return last;
  };
  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(keepNow, pause);
  };

  async function keep() {
    if (stopped || field.value === kept) return;
    const text = field.value;
    const body = new URLSearchParams({
      text,
      version: version.value,
      csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    });
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body,
        // A note that is still on its way when the page is left arrives all the same.
        keepalive: text.length < 6000,
      });
      const told = await answer.json();
      if (answer.ok) {
        kept = text;
        version.value = told.version;
        said.textContent = told.said;
        if (field.value !== kept) later(PAUSE);
      } else {
        // Another window wrote, or nobody is signed in: the text stays here and nothing overwrites.
        stopped = answer.status === 409;
        said.textContent = told.message ?? form.dataset.wordsLost;
      }
    } catch {
      said.textContent = form.dataset.wordsLost;
      later(AGAIN);
    }
  }

  field.addEventListener("input", () => later(PAUSE));
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (stopped) return;
    // The form waits for what is under way, so that its version is the newest; sent once.
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    await last;
    stopped = true;
    // Not within the event that is under way: browsers pass that over.
    setTimeout(() => form.requestSubmit(event.submitter));
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keepNow();
  });
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text.trim() && !/[\u0900-\u097f]/.test(text)) offer(form, field, text);
  });
}

// Ask the server whether this is Krutidev and show how it reads; the writer chooses.
async function offer(form, field, pasted) {
  const body = new URLSearchParams({
    text: pasted,
    csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
  });
  let told;
  try {
    const answer = await fetch(form.dataset.converted, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
    });
    told = await answer.json();
  } catch {
    return; // Nothing is offered; the text stands as it was pasted.
  }
  if (!told.krutidev) return;
  form.querySelector(".note-offer")?.remove();
  const box = document.createElement("div");
  box.className = "note-offer";
  box.setAttribute("role", "status");
  const words = document.createElement("p");
  words.textContent = form.dataset.wordsOffer;
  const reads = document.createElement("p");
  reads.lang = "hi";
  reads.textContent = told.text;
  const take = button(form.dataset.wordsConvert, () => {
    // Browsers write every line end as one sign into a text field.
    const typed = pasted.replace(/\r\n?/g, "\n");
    const at = field.value.lastIndexOf(typed);
    if (at >= 0) {
      field.setRangeText(told.text, at, at + typed.length, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    box.remove();
    field.focus();
  });
  const leave = button(form.dataset.wordsLeave, () => {
    box.remove();
    field.focus();
  });
  box.append(words, reads, take, leave);
  field.after(box);
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn-outline-primary";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

// The keys of a file's page: each opens what its link opens; "?" shows them all.
// While one types or reads that list, and with a modifier held, they are letters like all others.

const help = document.querySelector("[data-keys]");
const opener = document.querySelector("[data-keys-open]");

function typing(target) {
  return target instanceof Element && target.closest("textarea, input, select, dialog[open]") !== null;
}

function toTheNote() {
  const field = document.querySelector("[data-note]");
  if (!field) return;
  // On a phone another part of the file may be open.
  location.hash = "noting";
  field.focus();
}

function open(link) {
  link.click();
  // Where the act is folded in, its first field comes next.
  const folded = link.closest("summary")?.parentElement;
  if (folded?.open) folded.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

const ACTS = {
  n: toTheNote,
  i: () => document.querySelector(".main-nav a")?.click(),
  "?": () => help?.showModal(),
};

if (opener && help) {
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (typing(event.target)) return;
  const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  const act = link ? () => open(link) : ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

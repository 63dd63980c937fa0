// The keys of a list: j and k go down and up, Enter opens, x ticks, / goes to the search,
// n diarises a letter.
// While one types, and with a modifier held, they are letters like all others.

const rows = [...document.querySelectorAll("[data-row]")];
let at = -1;

function typing(target) {
  return (
    target instanceof Element &&
    (target.closest("textarea, select, [contenteditable]") !== null ||
      target.closest("input:not([type=checkbox])") !== null)
  );
}

function go(to) {
  if (!rows.length) return;
  rows[at]?.classList.remove("eo-here");
  at = Math.min(Math.max(to, 0), rows.length - 1);
  rows[at].classList.add("eo-here");
  // The link gets the focus, so that Enter opens it and a screen reader tells the row.
  const link = rows[at].querySelector("a, input");
  (link ?? rows[at]).focus();
  rows[at].scrollIntoView({ block: "nearest" });
}

const KEYS = {
  j: () => go(at + 1),
  k: () => go(at < 0 ? 0 : at - 1),
  x: () => rows[at]?.querySelector("input[type=checkbox]")?.click(),
  "/": () => document.querySelector("[data-search]")?.focus(),
  n: () => document.querySelector("[data-new-receipt]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (typing(event.target)) return;
  if (event.key === "Enter" && at >= 0 && event.target instanceof HTMLInputElement) {
    const link = rows[at].querySelector("a");
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const [number, row] of rows.entries()) {
  row.addEventListener("focusin", () => {
    rows[at]?.classList.remove("eo-here");
    at = number;
    row.classList.add("eo-here");
  });
}

// Printing a slip. Where no script runs, the form notes the printing and the browser's own command
// prints; here one press does both. A line that is down keeps nobody from printing.

// A roll has no pages: its length is that of what stands on it, and the cutter follows. What the
// style sheet gives is a length that always suffices.
function fitRoll(slip) {
  const sheet = [...document.styleSheets].find((one) => /\/slip[^/]*\.css$/.test(one.href || ""));
  if (!sheet) return;
  for (let place = sheet.cssRules.length - 1; place >= 0; place -= 1) {
    if (sheet.cssRules[place].cssText.startsWith("@page slip-roll-fitted")) sheet.deleteRule(place);
  }
  // On the screen the roll is as wide as on paper, so it is as long as well.
  const length = Math.ceil((slip.scrollHeight / 96) * 25.4) + 6;
  sheet.insertRule(`@page slip-roll-fitted { size: 80mm ${length}mm; margin: 0; }`, sheet.cssRules.length);
  slip.classList.add("slip-fitted");
}

function noteAndPrint(form) {
  const slip = document.querySelector("[data-slip]");
  if (slip && slip.dataset.slip === "80") fitRoll(slip);
  if (form) {
    fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      keepalive: true,
    }).catch(() => {});
  }
  window.print();
}

// Found when pressed: the counter puts its slips into the page later.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-print-slip]")) return;
  event.preventDefault();
  noteAndPrint(event.target);
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => noteAndPrint(null));
  button.focus();
}

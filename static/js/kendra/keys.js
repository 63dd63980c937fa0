// The keys of the counter: each is shown on its button, and pressing it presses the button.

export function bindKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    // A key that is held down is one press.
    if (event.repeat && event.key === "Enter" && event.target.closest("button, a")) {
      event.preventDefault();
      return;
    }
    if (!/^F\d+$/.test(event.key)) return;
    const button = [...document.querySelectorAll(`[data-key="${event.key}"]`)].find(
      (one) => one.offsetParent !== null,
    );
    if (!button) return;
    event.preventDefault();
    if (!event.repeat) button.click();
  });
}

// Calls `act` once when nothing was typed for a moment.
export function whenStill(act, wait = 200) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), wait);
  };
}

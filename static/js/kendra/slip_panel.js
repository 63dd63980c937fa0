// The right column: the slip of the booking just made, its paper, and the list of sent ones.

export class Slip {
  #root;
  #place;

  // printed() is called when the slip was printed.
  constructor(root, printed) {
    this.#root = root;
    this.#place = root.querySelector('[data-place="booked"]');
    this.#place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-paper]");
      if (button) this.#choose(button.dataset.paper);
    });
    addEventListener("afterprint", () => {
      // A token was printed: the operator goes on typing where they were.
      if (!document.querySelector("[data-token-paper] .slip")) printed();
    });
  }

  // Put the focus on printing, if there is a slip; returns whether there is.
  focus() {
    const button = this.#place.querySelector("[data-print-slip] [type=submit]");
    button?.focus();
    return Boolean(button);
  }

  show(html) {
    this.#place.innerHTML = html;
    this.focus();
  }

  listed(row) {
    const list = this.#root.querySelector("[data-sent-list]");
    list.insertAdjacentHTML("afterbegin", row);
    this.#root.querySelector("[data-sent-none]")?.remove();
  }

  #choose(paper) {
    const slip = this.#place.querySelector("[data-slip]");
    slip.classList.remove("slip-a6", "slip-80", "slip-fitted");
    slip.classList.add(`slip-${paper}`);
    slip.dataset.slip = paper;
    this.#place.querySelector("[name=paper]").value = paper;
    for (const button of this.#place.querySelectorAll("[data-paper]")) {
      button.setAttribute("aria-pressed", String(button.dataset.paper === paper));
    }
    this.focus();
  }
}

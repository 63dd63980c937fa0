// The words of the page: the scripts have none of their own.

const INDIA = 5.5 * 60 * 60 * 1000;
const PARTS_OF_DAY = [["रात", 20], ["शाम", 16], ["दोपहर", 12], ["सुबह", 4]];

export class Words {
  #template;

  constructor(root) {
    this.#template = root.querySelector("template[data-words]");
  }

  // The words of that name, each “%s” being one of the values in order.
  say(name, ...values) {
    const rest = [...values];
    return (this.#template.getAttribute(`data-${name}`) || "").replace(/%s/g, () => String(rest.shift() ?? ""));
  }

  // A moment that the portal sent, as the clock in Haryana shows it; the wording is that of
  // esachivalaya/common/formats.py.
  time(moment) {
    const shown = new Date(Date.parse(moment) + INDIA);
    const hour = shown.getUTCHours();
    const text = `${hour % 12 || 12}:${String(shown.getUTCMinutes()).padStart(2, "0")}`;
    if (document.documentElement.lang === "en") return `${text} ${hour < 12 ? "am" : "pm"}`;
    const [part] = PARTS_OF_DAY.find(([, from]) => hour >= from) || ["रात"];
    return `${part} ${text}`;
  }
}

// What the page says beside its status: each thing once, taken away when it is over.
export class Notices {
  #place;
  #shown = new Map();

  constructor(root) {
    this.#place = root.querySelector("[data-meeting-notices]");
  }

  // kind: info, waiting, done, refused; action: { text, act }.
  tell(name, words, { kind = "waiting", action = null } = {}) {
    const known = this.#shown.get(name);
    if (known?.words === words) return;
    known?.item.remove();
    const item = document.createElement("div");
    item.className = `notice notice-${kind}`;
    item.dataset.notice = name;
    const text = document.createElement("p");
    text.textContent = words;
    const inner = document.createElement("div");
    inner.append(text);
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-secondary";
      button.textContent = action.text;
      button.addEventListener("click", action.act);
      inner.append(button);
    }
    item.append(inner);
    this.#shown.set(name, { words, item });
    this.#place.append(item);
  }

  drop(name) {
    this.#shown.get(name)?.item.remove();
    this.#shown.delete(name);
  }

  dropAll() {
    for (const name of [...this.#shown.keys()]) this.drop(name);
  }
}

// The office's side: who waits, letting in, putting out, the telephone, the end.

import { Answered, newKey } from "./signalling.js";

const MAY = { admit: ["waiting", "refused", "removed"], refuse: ["waiting"], remove: ["admitted"] };

export function bindDesk(root, words, notices, { act, hurry }) {
  const list = root.querySelector("[data-meeting-guests]");
  if (!list) return () => {};
  const template = root.querySelector("template[data-guest]");
  const none = root.querySelector("[data-no-guests]");
  const items = new Map();

  const decide = async (what, guest, button) => {
    button.disabled = true;
    try {
      await act(what, { seat: guest.seat, version: guest.version, key: newKey() });
      notices.drop("desk");
    } catch (problem) {
      const told = problem instanceof Answered ? problem.answer.words || words.say("overtaken") : "";
      notices.tell("desk", told || words.say("not-sent"), { kind: "refused" });
    }
    button.disabled = false;
    hurry();
  };

  // Who waits is told at the top of the page too, aloud, with the one button that is wanted.
  const knock = (guest, admit) => {
    const name = `guest-${guest.seat}`;
    if (guest.status !== "waiting" || !guest.here) {
      notices.drop(name);
      return;
    }
    const action = { text: admit.textContent, act: () => admit.click() };
    notices.tell(name, words.say("guest-waits", guest.name), { action });
  };

  bindEnd(root, words, notices, act, hurry);
  bindCall(root, words, notices, act);

  return (guests) => {
    none.hidden = guests.some((guest) => guest.status !== "expected");
    for (const guest of guests) {
      let item = items.get(guest.seat);
      if (!item) {
        item = template.content.firstElementChild.cloneNode(true);
        item.dataset.seat = String(guest.seat);
        for (const button of item.querySelectorAll("[data-do]")) {
          button.addEventListener("click", () => decide(button.dataset.do, item.guest, button));
        }
        items.set(guest.seat, item);
        list.append(item);
      }
      if (JSON.stringify(item.guest) !== JSON.stringify(guest)) describe(item, guest, words);
      knock(guest, item.querySelector("[data-do=admit]"));
    }
  };
}

function describe(item, guest, words) {
  item.guest = guest;
  item.dataset.status = guest.status;
  const say = (name, text) => {
    item.querySelector(`[data-${name}]`).textContent = text;
  };
  const away = guest.here || !["waiting", "admitted"].includes(guest.status) ? "" : words.say("away");
  const since = guest.since ? words.time(guest.since) : "";
  say("name", guest.name);
  say("kind", words.say(`kind-${guest.kind}`));
  say("state", words.say(`status-${guest.status}`, since));
  say("since", away);
  say("place", guest.place ? words.say("from", guest.place) : "");
  for (const button of item.querySelectorAll("[data-do]")) {
    button.hidden = !MAY[button.dataset.do].includes(guest.status);
  }
}

function bindEnd(root, words, notices, act, hurry) {
  root.querySelector("[data-meeting-end]")?.addEventListener("click", async () => {
    if (!window.confirm(words.say("sure-end"))) return;
    try {
      await act("end", { key: newKey() });
    } catch {
      notices.tell("desk", words.say("not-sent"), { kind: "refused" });
    }
    hurry();
  });
}

function bindCall(root, words, notices, act) {
  const button = root.querySelector("[data-meeting-call]");
  button?.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await act("call", { key: newKey() });
      notices.tell("call", answer.words || words.say("calling"), { kind: "info" });
    } catch (problem) {
      const told = problem instanceof Answered ? problem.answer.words : "";
      notices.tell("call", told || words.say("call-failed"), { kind: "refused" });
    }
    button.disabled = false;
  });
}

// The way through the form by keys: Enter goes on to what is asked next, arrows choose, digits choose a
// person. Nothing is booked by Enter before the button has the focus.

import { digitsOf, tenDigits } from "./fields.js";

export function bindWay(page) {
  const { form, fields } = page;
  const focus = (name) => fields[name].focus();

  const toTimes = async () => {
    // The list of what was typed last, not the one before it.
    const current = await page.offices();
    const radios = [...form.querySelectorAll('[name="post"]')];
    const here = radios.find((one) => one === document.activeElement);
    const post = here || radios.find((one) => one.checked) || radios[0];
    if (!post) return;
    // The line is down: nobody is sent to another office than the one that was typed.
    if (!current && !here && !post.checked) {
      post.focus();
      return;
    }
    post.checked = true;
    const shown = page.lists.place("times").querySelector("[data-post]");
    if (shown?.dataset.post === post.value) form.querySelector('[name="slot"]:checked')?.focus();
    else page.times({ post: post.value, focus: true });
  };

  const toConsent = () => {
    page.consentShown();
    if (fields.consent.value === "code" && tenDigits(fields.phone.value)) focus("code");
    else {
      fields.consent.value = "paper";
      focus("serial_number");
    }
  };

  const afterPerson = () => {
    if (!page.toPerson()) focus(fields.subject.value ? "office_q" : "subject");
  };

  const onPhone = () => {
    const typed = fields.phone.value.trim();
    if (!typed) focus("family_id");
    else if (page.shown) afterPerson();
    else if (digitsOf(typed)) page.people();
  };

  const ways = {
    phone: onPhone,
    family_id: () => (page.shown && page.shown === fields.family_id.value.trim() ? afterPerson() : page.people()),
    person: afterPerson,
    name: () => focus(fields.subject.value ? "office_q" : "subject"),
    subject: () => page.toPerson() || focus("office_q"),
    service_q: () => form.querySelector('[name="service"]:checked')?.focus(),
    service: () => focus(fields.subject.value ? "office_q" : "subject"),
    office_q: toTimes,
    post: toTimes,
    seat_wanted: toConsent,
    slot: toConsent,
    hand_down_agreed: toConsent,
    consent: toConsent,
    code: () => page.consent.check(),
    serial_number: () => focus("witness"),
    witness: () => page.bookButton.focus(),
  };

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || !page.root.hasAttribute("data-quiet")) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );

  form.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (target.name === "person" && /^\d$/.test(key)) {
      const people = [...form.querySelectorAll('[name="person"]')];
      const chosen = key === "0" ? people.at(-1) : people[Number(key) - 1];
      if (!chosen) return;
      event.preventDefault();
      chosen.checked = true;
      page.save();
      afterPerson();
    } else if (key === "ArrowDown" && target.name === "office_q") {
      const radios = [...form.querySelectorAll('[name="post"]')];
      const post = radios.find((one) => one.checked) || radios[0];
      if (!post) return;
      event.preventDefault();
      post.focus();
    } else if (key === "Enter" && !target.closest("button, a, summary, textarea")) {
      event.preventDefault();
      if (!event.repeat) ways[target.name]?.();
    }
  });

  // What is chosen with the mouse goes on as well; arrows only look.
  const look = whenChosen((post) => page.times({ post }));
  form.addEventListener("change", ({ target }) => {
    if (target.name === "post") look(target.value);
    if (target.name === "slot") page.seatShown();
    if (target.name === "category") page.categoryChosen = true;
    if (target.name === "service") {
      if (!fields.subject.value && target.dataset.subject) fields.subject.value = target.dataset.subject;
      page.feeShown();
    }
    if (target.name === "seat_wanted") page.seatTaken = false;
    if (target.name === "needs_accessible_seat") {
      const post = page.chosen("post");
      if (post) page.times({ post, slot: page.chosen("slot") });
    }
    page.save();
  });
  form.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more-times]");
    if (!more) return;
    event.preventDefault();
    page.times({ post: page.chosen("post"), from: more.value, focus: true });
  });
}

function whenChosen(act) {
  let timer;
  return (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(value), 300);
  };
}

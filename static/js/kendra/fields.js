// The fields of the counter's form: read as they are sent, filled from what was kept, emptied.

const OWN = new Set(["csrfmiddlewaretoken", "look", "from"]);
const TICKED = { seat_wanted: "on", language: "hi", consent: "code" };

export function entriesOf(form) {
  return [...new FormData(form)].filter(([name]) => !OWN.has(name));
}

export function valueOf(entries, name) {
  return entries.find(([known]) => known === name)?.[1] || "";
}

function isTick(field) {
  return field.type === "radio" || field.type === "checkbox";
}

// Fills the fields within `place` that are there now; others keep what they show.
export function fill(place, entries) {
  const told = new Map();
  for (const [name, value] of entries) told.set(name, [...(told.get(name) || []), value]);
  for (const field of place.querySelectorAll("input, select, textarea")) {
    if (!field.name || OWN.has(field.name)) continue;
    const values = told.get(field.name);
    // Of radio buttons one stays chosen: what the portal chose, when the kept one is not there.
    if (field.type === "radio") field.checked ||= Boolean(values?.includes(field.value));
    else if (field.type === "checkbox") field.checked = Boolean(values?.includes(field.value));
    else if (values) field.value = values[0];
  }
}

// Everything as on a page for the next person.
export function empty(form, { key, operator, witness }) {
  for (const field of form.querySelectorAll("input, select, textarea")) {
    if (!field.name || OWN.has(field.name)) continue;
    if (isTick(field)) field.checked = TICKED[field.name] === field.value;
    else if (field.tagName === "SELECT") field.selectedIndex = 0;
    else field.value = "";
  }
  form.elements.key.value = key;
  form.elements.operator.value = operator;
  form.elements.witness.value = witness;
}

// Ten digits of an Indian mobile number, typed in any script and in any of the usual ways; else "".
export function tenDigits(typed) {
  const plain = typed.normalize("NFKC").trim();
  const digits = [...plain].map((sign) => (/\p{Nd}/u.test(sign) ? String(digitOf(sign)) : "")).join("");
  // With a plus the country comes first, and the tenth digit is not the last.
  const own = plain.startsWith("+") ? digits.replace(/^91/, "") : digits.replace(/^(0091|91|0)(?=\d{10}$)/, "");
  return /^[6-9]\d{9}$/.test(own) ? own : "";
}

// The digits of a script stand in a row, from its 0 to its 9.
function digitOf(sign) {
  let code = sign.codePointAt(0);
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
    code -= 1;
    value += 1;
  }
  return value;
}

export function digitsOf(typed) {
  return [...typed].filter((sign) => /\p{Nd}/u.test(sign)).length;
}

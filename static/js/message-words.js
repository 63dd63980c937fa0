// The preview of a message while its words are typed. Without this script the button "Preview" does
// the same on the server; the counting is that of esachivalaya/notifications/segments.py.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");

function isPlain(text) {
  return [...text].every((character) => BASIC.has(character) || EXTENSION.has(character));
}

function segmentsOf(text) {
  const plain = isPlain(text);
  const sizes = [...text].map((character) => {
    if (plain) return EXTENSION.has(character) ? 2 : 1;
    return character.codePointAt(0) > 0xffff ? 2 : 1;
  });
  const [alone, joined] = plain ? [160, 153] : [70, 67];
  if (sizes.reduce((sum, size) => sum + size, 0) <= alone) return 1;
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > joined) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return segments;
}

function filled(text, values) {
  return text.trim().replace(/\{([a-z_]+)\}/g, (whole, name) => values[name] ?? whole);
}

function show(panel, name, shown) {
  const part = panel.querySelector(`[data-when="${name}"]`);
  if (part) part.hidden = !shown;
}

function follow(panel) {
  const language = panel.dataset.wordsPreview;
  const values = JSON.parse(panel.dataset.values);
  const body = document.querySelector(`[data-words="${language}"]`);
  const subject = document.querySelector(`[name="subject_${language}"]`);
  if (!body) return;
  const update = () => {
    const text = filled(body.value, values);
    panel.querySelector("[data-text]").textContent = text;
    if (subject) panel.querySelector("[data-subject]").textContent = filled(subject.value, values);
    const counted = panel.querySelector("[data-segments]");
    if (!counted) return;
    const segments = segmentsOf(text);
    counted.textContent = String(segments);
    panel.querySelector("[data-characters]").textContent = String([...text].length);
    const fits = segments <= Number(panel.dataset.budget);
    show(panel, "fits", fits);
    show(panel, "over", !fits);
    show(panel, "unicode", !isPlain(text));
  };
  body.addEventListener("input", update);
  subject?.addEventListener("input", update);
}

for (const panel of document.querySelectorAll("[data-words-preview]")) follow(panel);

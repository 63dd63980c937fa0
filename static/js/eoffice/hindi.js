// Hindi as one types it with Latin letters: "namaste" is नमस्ते. The tables are our own; whoever types
// Devanagari by Inscript or a phone's keyboard is left alone, since only a to z is read.

const HALANT = "\u094d";

// Long keys first: "chh" before "ch", "kSh" before "k".
const CONSONANTS = {
  kSh: "क्ष", ksh: "क्ष", chh: "छ", Chh: "छ", shr: "श्र", jny: "ज्ञ", gy: "ज्ञ", tr: "त्र",
  kh: "ख", gh: "घ", ch: "च", jh: "झ", Th: "ठ", Dh: "ढ", th: "थ", dh: "ध", ph: "फ", bh: "भ",
  sh: "श", Sh: "ष", Rh: "ढ़", ng: "ंग", NG: "ङ", NY: "ञ",
  k: "क", g: "ग", j: "ज", T: "ट", D: "ड", N: "ण", t: "त", d: "द", n: "न", p: "प", b: "ब", m: "म",
  y: "य", r: "र", l: "ल", v: "व", w: "व", s: "स", h: "ह", R: "ड़", L: "ळ", f: "फ़", z: "ज़", q: "क़",
  x: "क्ष", c: "च", C: "छ", G: "ग़", K: "ख़",
};

// A vowel by itself, and its sign after a consonant.
const VOWELS = {
  aa: ["आ", "ा"], ee: ["ई", "ी"], ii: ["ई", "ी"], oo: ["ऊ", "ू"], uu: ["ऊ", "ू"], ai: ["ऐ", "ै"],
  au: ["औ", "ौ"], Ri: ["ऋ", "ृ"],
  a: ["अ", ""], A: ["आ", "ा"], i: ["इ", "ि"], I: ["ई", "ी"], u: ["उ", "ु"], U: ["ऊ", "ू"],
  e: ["ए", "े"], o: ["ओ", "ो"], E: ["ऍ", "ॅ"], O: ["ऑ", "ॉ"],
};

const SIGNS = { M: "ं", "^": "ँ", H: "ः", "|": "।", "_": "" };

const longest = (table) => Math.max(...Object.keys(table).map((key) => key.length));

function found(table, text, at) {
  for (let length = Math.min(longest(table), text.length - at); length > 0; length -= 1) {
    const key = text.slice(at, at + length);
    if (Object.hasOwn(table, key)) return [key, table[key]];
  }
  return null;
}

// What a word typed with Latin letters reads. A consonant at its end keeps its short a, as Hindi is
// written (राम, not राम्); "_" ends a group: "raam_" is राम, "jag_anaa" keeps the letters apart.
export function inHindi(word) {
  let out = "";
  let open = false; // after a consonant that has no vowel yet
  for (let at = 0; at < word.length; ) {
    const vowel = found(VOWELS, word, at);
    if (vowel) {
      out += open ? vowel[1][1] : vowel[1][0];
      open = false;
      at += vowel[0].length;
      continue;
    }
    const consonant = found(CONSONANTS, word, at);
    if (consonant) {
      // ं stands before its consonant and is joined to nothing.
      const nasal = consonant[1].startsWith("ं");
      out += (open && !nasal ? HALANT : "") + consonant[1];
      open = true;
      at += consonant[0].length;
      continue;
    }
    const sign = found(SIGNS, word, at);
    out += sign ? sign[1] : word[at];
    open = false;
    at += 1;
  }
  return out;
}

const WORD = /[A-Za-z^|_]+$/;
const KEPT = "eoffice-hindi";

// Turn the word before the cursor into Hindi when it is ended by a space or a sign. Ctrl+Z of the
// browser takes it back; a word in which Devanagari stands already is not touched.
function ended(field, sign) {
  const at = field.selectionStart;
  if (at !== field.selectionEnd) return false;
  const word = WORD.exec(field.value.slice(0, at));
  if (!word) return false;
  const start = at - word[0].length;
  if (/[\u0900-\u097f]/.test(field.value[start - 1] ?? "")) return false;
  field.setSelectionRange(start, at);
  // The one way that keeps the browser's own undo.
  const words = inHindi(word[0]) + sign;
  if (!document.execCommand("insertText", false, words)) field.setRangeText(words, start, at, "end");
  return true;
}

export function remembered() {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}

function remember(on) {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // Private windows forget it; the switch works all the same.
  }
}

export function listen(field, label) {
  const box = document.createElement("div");
  box.className = "form-check";
  const tick = document.createElement("input");
  tick.type = "checkbox";
  tick.className = "form-check-input";
  tick.id = `${field.id}-hindi`;
  tick.checked = remembered();
  const words = document.createElement("label");
  words.className = "form-check-label";
  words.htmlFor = tick.id;
  words.textContent = label;
  box.append(tick, words);
  field.before(box);
  tick.addEventListener("change", () => remember(tick.checked));
  field.addEventListener("beforeinput", (event) => {
    if (!tick.checked || event.isComposing) return;
    const sign = event.inputType === "insertLineBreak" ? "\n" : event.data;
    const ends = sign === "\n" || (event.inputType === "insertText" && /^[\s.,;:?!()|\-]$/.test(sign ?? ""));
    if (ends && ended(field, sign === "." || sign === "|" ? "।" : sign)) event.preventDefault();
  });
  field.addEventListener("blur", () => {
    if (tick.checked) ended(field, "");
  });
}

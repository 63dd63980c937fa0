// The buttons under the pictures, their keys, what is written, and the paper that is shown.

function label(button, words) {
  const text = button.querySelector("[data-text]");
  if (text.textContent !== words) text.textContent = words;
}

function press(button, pressed, words) {
  button.setAttribute("aria-pressed", String(pressed));
  label(button, words);
}

// Mute, camera, sound, full screen, hang up. Keys (M, C, F) count only while the focus is on the
// stage and not in a field: a screen reader's own keys stay free.
export function bindButtons(stage, words, own, { hangUp, soundOn }) {
  const find = (name) => stage.querySelector(`[data-meeting-${name}]`);
  const [mute, camera, sound, full, end] = ["mute", "camera", "sound", "fullscreen", "hangup"].map(find);
  const keys = { m: mute, c: camera, f: full };
  mute.addEventListener("click", () => own.setMuted(!own.muted));
  camera.addEventListener("click", () => own.setCameraOff(Boolean(own.picture)));
  sound.addEventListener("click", () => {
    sound.hidden = true;
    soundOn();
  });
  end.addEventListener("click", hangUp);
  full.hidden = !document.fullscreenEnabled;
  full.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else stage.requestFullscreen().catch(() => {});
  });
  document.addEventListener("fullscreenchange", () => {
    const on = Boolean(document.fullscreenElement);
    press(full, on, words.say(on ? "fullscreen-end" : "fullscreen"));
  });
  own.changed = () => {
    press(mute, own.muted, words.say(own.muted ? "unmute" : "mute"));
    press(camera, !own.picture, words.say(own.picture ? "camera-off" : "camera-on"));
  };
  for (const [key, button] of Object.entries(keys)) button.setAttribute("aria-keyshortcuts", key.toUpperCase());
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    const button = keys[event.key.toLowerCase()];
    if (!button || button.hidden) return;
    event.preventDefault();
    button.click();
  });
  return { offerSound: () => (sound.hidden = false) };
}

// What is written for everybody. A line that could not be sent stays in its field.
export function bindChat(stage, words, notices, send) {
  const form = stage.querySelector("[data-meeting-chat-form]");
  const list = stage.querySelector("[data-meeting-chat]");
  const template = stage.querySelector("template[data-line]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.elements.words;
    const written = field.value.trim();
    if (!written) return;
    try {
      await send(written);
      notices.drop("chat");
      if (field.value.trim() === written) field.value = "";
    } catch {
      notices.tell("chat", words.say("not-sent"));
    }
  });
  return (lines) => {
    for (const line of lines) {
      const item = template.content.firstElementChild.cloneNode(true);
      item.querySelector("[data-name]").textContent = line.name;
      item.querySelector("[data-words]").textContent = line.words;
      list.append(item);
    }
  };
}

// The one paper of the request that everybody looks at.
export function bindPaper(stage, words, notices, { address, share, announce }) {
  const part = stage.querySelector("[data-meeting-shared]");
  const picture = part.querySelector("[data-shared-picture]");
  const form = stage.querySelector("[data-meeting-share]");
  const base = address.replace(/\/(\d+\/\d+\.webp)?$/, "");
  let shown = null;

  const pagesOf = (position) => {
    const chosen = [...(form?.elements.position.options || [])].find((one) => one.value === String(position));
    return Number(chosen?.dataset.pages || 0);
  };
  const ask = async (wanted) => {
    try {
      await share(wanted);
      notices.drop("paper");
    } catch {
      notices.tell("paper", words.say("not-sent"));
    }
  };
  const turn = (by) => {
    const page = shown.page + by;
    if (page >= 1 && page <= pagesOf(shown.position)) ask({ position: shown.position, paper_page: page });
  };
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    ask({ position: Number(form.elements.position.value), paper_page: 1 });
  });
  part.querySelector("[data-shared-back]")?.addEventListener("click", () => turn(-1));
  part.querySelector("[data-shared-on]")?.addEventListener("click", () => turn(1));
  part.querySelector("[data-shared-stop]")?.addEventListener("click", () => ask({ paper_page: null }));

  return (paper) => {
    part.hidden = !paper;
    const changed = paper?.position !== shown?.position || paper?.page !== shown?.page;
    if (paper && changed) {
      const pages = pagesOf(paper.position);
      const page = pages ? words.say("page-of", paper.page, pages) : words.say("page", paper.page);
      part.querySelector("[data-shared-name]").textContent = paper.name;
      part.querySelector("[data-shared-page]").textContent = page;
      picture.src = `${base}/${paper.position}/${paper.page}.webp`;
      picture.alt = `${paper.name}, ${page}`;
      if (paper.position !== shown?.position) announce(words.say("shared", paper.name));
    } else if (!paper && shown) {
      picture.removeAttribute("src");
    }
    shown = paper;
  };
}

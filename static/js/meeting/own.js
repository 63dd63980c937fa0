// One's own camera and microphone in the meeting: opened, muted, switched off, opened again. What was
// chosen outlives a reload of the page: nobody is heard who had muted.

import * as devices from "./devices.js";

const CHOICES = "meeting-choices";

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(CHOICES)) || {};
  } catch {
    return {};
  }
}

function keep(choices) {
  try {
    sessionStorage.setItem(CHOICES, JSON.stringify(choices));
  } catch {
    // A browser that allows no storage forgets it with the page.
  }
}

export class Own {
  #calls;
  #words;
  #notices;
  #video;
  #state;
  #opening = null;

  constructor(root, words, notices, calls) {
    this.#calls = calls;
    this.#words = words;
    this.#notices = notices;
    this.#video = root.querySelector("[data-own-video]");
    this.#state = root.querySelector("[data-own-state]");
    this.sound = null;
    this.picture = null;
    const choices = kept();
    this.muted = Boolean(choices.muted);
    this.cameraOff = Boolean(choices.cameraOff);
    this.closed = true;
    devices.follow(() => {
      if (this.closed) return;
      if (!this.sound || (!this.picture && !this.cameraOff)) this.open();
    });
  }

  // Open what is missing, and say what does not work.
  async open() {
    this.closed = false;
    this.#opening ||= this.#openNow().finally(() => {
      this.#opening = null;
    });
    await this.#opening;
  }

  setMuted(muted) {
    this.muted = muted;
    if (this.sound) this.sound.enabled = !muted;
    this.#show();
  }

  // Switched off means off: the light of the camera goes out.
  async setCameraOff(off) {
    this.cameraOff = off;
    if (off) {
      this.picture?.stop();
      this.picture = null;
    } else if (!this.picture) {
      const found = await devices.openPicture();
      this.#take({ ...found, sound: this.sound });
    }
    this.#show();
  }

  stop() {
    this.closed = true;
    this.sound?.stop();
    this.picture?.stop();
    this.sound = this.picture = null;
    this.#show();
  }

  async #openNow() {
    this.sound?.stop();
    this.picture?.stop();
    const found = await devices.open({ picture: !this.cameraOff });
    if (this.closed) for (const track of [found.sound, found.picture]) track?.stop();
    else this.#take(found);
    this.#show();
  }

  #take({ sound, picture, words }) {
    this.sound = sound;
    this.picture = picture;
    if (words) {
      const action = { text: this.#words.say("try-again"), act: () => this.open() };
      this.#notices.tell("devices", this.#words.say(words), { action });
    } else {
      this.#notices.drop("devices");
    }
    for (const track of [sound, picture]) {
      track?.addEventListener("ended", () => {
        if (track === this.sound || track === this.picture) this.open();
      });
    }
  }

  #show() {
    if (this.sound) this.sound.enabled = !this.muted;
    keep({ muted: this.muted, cameraOff: this.cameraOff });
    this.#calls.use("audio", this.sound);
    this.#calls.use("video", this.picture);
    const shown = this.#video.srcObject?.getTracks()[0] || null;
    if (shown !== this.picture) this.#video.srcObject = this.picture ? new MediaStream([this.picture]) : null;
    const item = this.#video.closest("li");
    item.classList.toggle("has-picture", Boolean(this.picture));
    const told = [];
    if (this.muted || !this.sound) told.push(this.#words.say("muted"));
    if (!this.picture) told.push(this.#words.say("no-picture"));
    this.#state.textContent = told.join(" ");
    this.changed?.();
  }
}

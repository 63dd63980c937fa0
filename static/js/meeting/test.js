// The test page: camera, microphone, loudspeaker and line, each judged in words. Nothing is sent.

import { measureLevel, missing, open } from "./devices.js";
import { Words } from "./words.js";

// What is heard of a person who speaks, of what the meter can show.
const HEARD = 0.15;
const SILENT_AFTER = 10000;
const FETCHED = 4;
// Kilobits a second: for a picture as well, and for sound alone.
const FOR_PICTURE = 500;
const FOR_SOUND = 100;
const LONGEST = 20000;

class DeviceTest {
  #endMeter = () => {};

  constructor(root) {
    this.root = root;
    this.words = new Words(root);
    this.video = root.querySelector("[data-own-video]");
    this.level = root.querySelector("[data-level]");
    this.stream = null;
    root.querySelector("[data-start]").addEventListener("click", () => this.run());
    root.querySelector("[data-play]").addEventListener("click", () => this.playTone());
    root.querySelector("[data-yes]").addEventListener("click", () => this.judge("tone", "good", "tone-good"));
    root.querySelector("[data-no]").addEventListener("click", () => this.judge("tone", "bad", "tone-none"));
    window.addEventListener("pagehide", () => this.stop());
  }

  // judged: good, weak, bad, or nothing while it is being found out.
  judge(part, judged, name, ...values) {
    const item = this.root.querySelector(`[data-part="${part}"]`);
    item.dataset.judged = judged;
    item.querySelector("[data-sign]").textContent = judged ? `${this.words.say(judged)}:` : "";
    item.querySelector("[data-told]").textContent = this.words.say(name, ...values);
  }

  stop() {
    this.#endMeter();
    for (const track of [this.sound, this.picture]) track?.stop();
  }

  async run() {
    this.stop();
    this.root.querySelector("[data-results]").hidden = false;
    for (const part of ["picture", "sound", "line"]) this.judge(part, "", "testing");
    await Promise.all([this.testDevices(), this.testLine()]);
  }

  async testDevices() {
    const { sound, picture, words } = await open();
    Object.assign(this, { sound, picture });
    const wrong = missing() || words;
    this.root.querySelector("[data-meeting-notices]").textContent = wrong ? this.words.say(wrong) : "";
    this.video.hidden = !picture;
    this.video.srcObject = picture ? new MediaStream([picture]) : null;
    if (picture) this.video.addEventListener("loadeddata", () => this.judge("picture", "good", "picture-good"), { once: true });
    else this.judge("picture", "bad", "picture-none");
    this.level.hidden = !sound;
    if (sound) this.#listen(sound);
    else this.judge("sound", "bad", "sound-none");
  }

  #listen(sound) {
    let heard = false;
    this.judge("sound", "", "sound-waits");
    const end = measureLevel(sound, (level) => {
      this.level.value = level;
      if (level < HEARD || heard) return;
      heard = true;
      this.judge("sound", "good", "sound-good");
    });
    const timer = setTimeout(() => heard || this.judge("sound", "bad", "sound-silent"), SILENT_AFTER);
    this.#endMeter = () => {
      end();
      clearTimeout(timer);
      this.#endMeter = () => {};
    };
  }

  // Two soft tones, one after the other.
  async playTone() {
    const sounds = new AudioContext();
    await sounds.resume();
    const volume = sounds.createGain();
    volume.gain.value = 0.2;
    volume.connect(sounds.destination);
    [440, 554].forEach((pitch, number) => {
      const tone = sounds.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(volume);
      tone.start(sounds.currentTime + number * 0.6);
      tone.stop(sounds.currentTime + number * 0.6 + 0.5);
      if (number) tone.addEventListener("ended", () => sounds.close());
    });
    this.root.querySelector("[data-heard]").hidden = false;
  }

  // The same file several times, not from the cache; what came is divided by the time it took.
  async testLine() {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), LONGEST);
    const started = performance.now();
    try {
      const addresses = Array.from({ length: FETCHED }, (_, number) => {
        const address = new URL(this.root.dataset.file, location.href);
        address.searchParams.set("test", `${number}-${Math.round(started)}`);
        return address.href;
      });
      const bodies = await Promise.all(
        addresses.map(async (address) => {
          const answer = await fetch(address, { cache: "no-store", signal: patience.signal });
          if (!answer.ok) throw new Error(`answered with ${answer.status}`);
          return (await answer.arrayBuffer()).byteLength;
        }),
      );
      const took = performance.now() - started;
      const bytes = addresses.map((address, number) => {
        const [timing] = performance.getEntriesByName(address);
        return timing?.encodedBodySize || bodies[number];
      });
      const speed = Math.round((bytes.reduce((sum, one) => sum + one, 0) * 8) / took);
      const judged = speed >= FOR_PICTURE ? "good" : speed >= FOR_SOUND ? "weak" : "bad";
      // Beyond what is needed the number says nothing.
      this.judge("line", judged, `line-${judged}`, speed > 5000 ? "5000+" : speed);
    } catch {
      this.judge("line", "bad", "line-none");
    } finally {
      clearTimeout(timer);
    }
  }
}

const root = document.querySelector("[data-device-test]");
if (root) new DeviceTest(root);

// The people on the page: one tile each, with picture, sound and name; and how much is sent.

import { LOWERED, Line, NO_PICTURE, Reading, needsTelephone } from "./line.js";

const EVERY = 1000;
// From so many people on, each sends a smaller picture.
const MANY = 5;
const SMALL = { maxBitrate: 250000, scaleResolutionDownBy: 2 };
const USUAL = { maxBitrate: 900000, scaleResolutionDownBy: 1 };

export class Pictures {
  #tiles = new Map();
  #list;
  #template;
  #words;
  #calls;
  #line = new Line();
  #lineAt = 0;

  // told: silent() when the browser lets no sound play, line({ weak, telephone }) every two seconds.
  constructor(stage, words, calls, told) {
    this.#list = stage.querySelector("[data-meeting-people]");
    this.#template = document.querySelector("template[data-tile]");
    this.#words = words;
    this.#calls = calls;
    this.told = told;
    setInterval(() => this.#count(), EVERY);
  }

  // Bring the tiles to what the portal says about who is in the room.
  match(people) {
    const here = new Map(people.map((person) => [person.seat, person]));
    for (const seat of [...this.#tiles.keys()]) if (!here.has(seat)) this.#remove(seat);
    for (const person of people) {
      const tile = this.#tiles.get(person.seat) || this.#add(person);
      tile.person = person;
      tile.item.querySelector("[data-name]").textContent = person.name;
      tile.item.querySelector("[data-kind]").textContent = this.#words.say(`kind-${person.kind}`);
    }
    this.#list.dataset.people = String(people.length + 1);
    for (const call of this.#calls.all) this.show(call);
    this.lower();
  }

  // The streams are built from the receivers, never from what an event brought.
  show(call) {
    const tile = this.#tiles.get(call.seat);
    if (!tile) return;
    for (const [element, kind] of [[tile.video, "video"], [tile.audio, "audio"]]) {
      const track = call.receivers.map((receiver) => receiver.track).find((one) => one.kind === kind);
      const shown = element.srcObject?.getTracks()[0];
      if (track && shown !== track) {
        element.srcObject = new MediaStream([track]);
        this.#play(element);
      }
    }
    this.#describe(tile, call);
  }

  // Sound that the browser held back until somebody touched the page.
  playAll() {
    for (const { video, audio } of this.#tiles.values()) {
      this.#play(video);
      this.#play(audio);
    }
  }

  gone(call) {
    const tile = this.#tiles.get(call.seat);
    if (!tile) return;
    tile.video.srcObject = tile.audio.srcObject = null;
    Object.assign(tile, { reading: new Reading(), frames: 0, still: 0 });
    this.#describe(tile, null);
  }

  clear() {
    for (const seat of [...this.#tiles.keys()]) this.#remove(seat);
  }

  // How large a picture each of the others gets, by how many there are and how the line is.
  lower() {
    const many = [...this.#tiles.values()].filter(({ person }) => person.page).length + 1 >= MANY;
    const wanted = many || this.#line.level >= LOWERED ? SMALL : USUAL;
    const active = this.#line.level < NO_PICTURE;
    this.#list.dataset.sent = active ? (wanted === SMALL ? "small" : "usual") : "none";
    for (const call of this.#calls.all) {
      for (const sender of call.senders) {
        if (sender.track?.kind === "video") this.#setSent(sender, wanted, active);
      }
    }
  }

  async #setSent(sender, wanted, active) {
    const parameters = sender.getParameters();
    if (!parameters.encodings?.length) return;
    const [first] = parameters.encodings;
    const same =
      first.active === active &&
      first.maxBitrate === wanted.maxBitrate &&
      first.scaleResolutionDownBy === wanted.scaleResolutionDownBy;
    if (same) return;
    Object.assign(first, wanted, { active });
    try {
      await sender.setParameters(parameters);
    } catch {
      // In the middle of a negotiation: the next counting sets it.
    }
  }

  #add(person) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    const audio = document.createElement("audio");
    audio.autoplay = true;
    const video = item.querySelector("[data-video]");
    // The sound has an element of its own: Chromium plays none of it before the first picture, and
    // some send no picture at all.
    video.muted = true;
    item.append(audio);
    item.dataset.seat = String(person.seat);
    this.#list.append(item);
    const tile = { item, video, audio, person, reading: new Reading(), frames: 0, still: 0 };
    this.#tiles.set(person.seat, tile);
    return tile;
  }

  #remove(seat) {
    const { item, video, audio } = this.#tiles.get(seat);
    video.srcObject = audio.srcObject = null;
    item.remove();
    this.#tiles.delete(seat);
  }

  #play(element) {
    element.play().catch((problem) => {
      if (problem.name === "NotAllowedError") this.told.silent();
    });
  }

  #describe(tile, call) {
    const state = call?.state || "new";
    tile.item.dataset.state = state;
    const seen = call?.connected && tile.frames > 0 && tile.still < 3;
    tile.item.classList.toggle("has-picture", Boolean(seen));
    let words = "";
    if (!call?.connected) words = this.#words.say(tile.person.here || call ? "reconnecting" : "away");
    else if (tile.still >= 3) words = this.#words.say("no-picture");
    const place = tile.item.querySelector("[data-state]");
    if (place.textContent !== words) place.textContent = words;
  }

  // Once a second: what came from each, for the tile and for the judgement of the line.
  async #count() {
    const counted = [];
    for (const call of this.#calls.all) {
      const tile = this.#tiles.get(call.seat);
      if (!tile) continue;
      let found;
      try {
        found = tile.reading.read(await call.stats());
      } catch {
        continue;
      }
      tile.still = found.frames > tile.frames ? 0 : tile.still + 1;
      tile.frames = found.frames;
      Object.assign(tile.item.dataset, {
        frames: String(found.frames),
        audioBytes: String(found.soundBytes),
        path: found.path,
      });
      this.show(call);
      if (call.connected) counted.push(found);
    }
    this.#judge(counted);
    this.lower();
  }

  #judge(counted) {
    this.#lineAt += 1;
    if (this.#lineAt % 2) return;
    if (counted.length) {
      // The worst of several lines may be the other's fault; the best of them is ours.
      this.#line.judge({
        lost: Math.min(...counted.map((one) => one.lost)),
        answer: Math.min(...counted.map((one) => one.answer)),
        width: Math.max(...counted.map((one) => one.width)),
      });
    }
    // Who closed the page is not reached by telephone either; who is here and not heard is.
    const here = this.#calls.all.filter((call) => this.#tiles.get(call.seat)?.person.here);
    const broken = Math.max(0, ...here.map((call) => call.brokenFor));
    const { level } = this.#line;
    this.told.line({ weak: level >= NO_PICTURE, telephone: needsTelephone(level, broken) });
  }
}

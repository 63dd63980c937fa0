// How good the line is, judged from what the browser counts. A weak line loses the picture first and
// keeps the sound; at last there is the telephone. Only differences between two countings are used,
// never the clock of the device.

export const GOOD = 0;
export const LOWERED = 1;
export const NO_PICTURE = 2;
export const TELEPHONE = 3;

// Countings of two seconds each.
const BAD_FOR = 4;
const GOOD_FOR = 15;
const UNHEARD_FOR = 25000;
const LOSS = 0.12;
const SLOW_ANSWER = 1.5;
const NARROW = 90000;

export class Line {
  #bad = 0;
  #good = 0;
  level = GOOD;

  // One counting: lost (share of what was sent or should have come), answer (seconds there and
  // back), width (bits a second that go through, 0 when unknown). Returns the level.
  judge({ lost, answer, width }) {
    // Without a picture the browser does not find out how much would go through.
    const narrow = width > 0 && width < NARROW && this.level < NO_PICTURE;
    const weak = lost > LOSS || answer > SLOW_ANSWER || narrow;
    this.#bad = weak ? this.#bad + 1 : 0;
    this.#good = weak ? 0 : this.#good + 1;
    if (this.#bad >= BAD_FOR) {
      this.#bad = 0;
      this.level = Math.min(this.level + 1, TELEPHONE);
    } else if (this.#good >= GOOD_FOR) {
      this.#good = 0;
      this.level = Math.max(this.level - 1, GOOD);
    }
    return this.level;
  }
}

// Whether the telephone is offered: sound itself does not come through, or nobody is reached.
export function needsTelephone(level, longestBroken) {
  return level === TELEPHONE || longestBroken > UNHEARD_FOR;
}

// The way that the connection uses now; not every browser names it.
function pairOf(parts) {
  const all = [...parts.values()];
  const transport = all.find((part) => part.type === "transport" && part.selectedCandidatePairId);
  if (transport) return parts.get(transport.selectedCandidatePairId);
  return all.find((part) => part.type === "candidate-pair" && (part.selected || part.nominated));
}

// What a browser's report says of one connection: since the last reading for losses, in all for
// frames and sound.
export class Reading {
  #before = { lost: 0, came: 0 };

  read(report) {
    const now = { frames: 0, soundBytes: 0, lost: 0, answer: 0, width: 0, path: "" };
    let lost = 0;
    let came = 0;
    const byId = new Map();
    report.forEach((part) => byId.set(part.id, part));
    for (const part of byId.values()) {
      if (part.type === "inbound-rtp" && part.kind === "video") now.frames += part.framesDecoded || 0;
      if (part.type === "inbound-rtp" && part.kind === "audio") {
        now.soundBytes += part.bytesReceived || 0;
        lost += Math.max(0, part.packetsLost || 0);
        came += part.packetsReceived || 0;
      }
      if (part.type === "remote-inbound-rtp") {
        now.lost = Math.max(now.lost, part.fractionLost || 0);
        now.answer = Math.max(now.answer, part.roundTripTime || 0);
      }
    }
    const pair = pairOf(byId);
    now.width = pair?.availableOutgoingBitrate || 0;
    now.path = byId.get(pair?.localCandidateId)?.candidateType || "";
    const fresh = came - this.#before.came + (lost - this.#before.lost);
    if (fresh > 20) now.lost = Math.max(now.lost, (lost - this.#before.lost) / fresh);
    this.#before = { lost, came };
    return now;
  }
}

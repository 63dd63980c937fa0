// Picture and sound from browser to browser: one connection to each other person in the room.
//
// Only the page with the larger number makes offers; the other may ask for one. With both offering,
// calls hung for good. A connection that works is never closed because signalling dropped: it ends
// when the portal says that the other has gone or has another page.

const LOST_OFFER = 6000;
const GIVE_UP_ROUND = 12000;
const STAYS_DISCONNECTED = 4000;
// After so many rounds in vain the connection is made anew.
const ROUNDS_OF_ONE = 3;
// Looking at the portal more often is of use at the beginning only.
const HURRY_FOR = 20000;
const GATHERING = 60;
const BATCH = 40;

export class Calls {
  #calls = new Map();
  #configuration = null;

  // send(seat, page, kind, content, wanted); changed(call); negotiating() asks for a quicker look.
  constructor({ send, changed, gone, negotiating }) {
    this.send = send;
    this.changed = changed;
    this.gone = gone;
    this.negotiating = negotiating;
    this.page = 0;
    this.tracks = { audio: null, video: null };
    // One name for what belongs together: browsers keep lips and words in step by it.
    this.stream = new MediaStream();
    setInterval(() => this.#calls.forEach((call) => call.watch()), 1000);
  }

  get all() {
    return [...this.#calls.values()];
  }

  get configuration() {
    return this.#configuration;
  }

  // Relay addresses and credentials; running connections keep running and use them from now on.
  configure(entry) {
    this.#configuration = {
      iceServers: entry.iceServers,
      iceTransportPolicy: entry.iceTransportPolicy,
      bundlePolicy: "max-bundle",
    };
    for (const call of this.#calls.values()) call.reconfigure();
  }

  // Bring the connections to what the portal says about who is in the room.
  match(people) {
    if (!this.#configuration) return;
    const here = new Map(people.filter((person) => person.page).map((person) => [person.seat, person]));
    for (const call of this.all) {
      const person = here.get(call.seat);
      if (person?.page !== call.page) this.#end(call);
    }
    for (const person of here.values()) {
      if (!this.#calls.has(person.seat)) {
        this.#calls.set(person.seat, new Call(this, person));
        this.negotiating();
      }
      this.#calls.get(person.seat).here = person.here;
    }
  }

  hear(word) {
    const call = this.#calls.get(word.from);
    if (call?.page !== word.page) return;
    const content = read(word.content);
    if (content) call.hear(word.kind, content);
  }

  // What is sent from now on; null sends nothing of that kind.
  use(kind, track) {
    this.tracks[kind] = track;
    for (const call of this.all) call.useTracks();
  }

  // Look after every connection at once, as when the line is back.
  revive() {
    for (const call of this.all) call.watch(true);
  }

  closeAll() {
    for (const call of this.all) this.#end(call);
  }

  #end(call) {
    this.#calls.delete(call.seat);
    call.close();
    this.gone(call);
  }
}

class Call {
  #calls;
  #connection = null;
  // Which connection and which round of offer and answer a word belongs to.
  #name = "";
  #round = 0;
  #answered = 0;
  #early = [];
  #outgoing = [];
  #batch = null;
  // Whether the description went out: candidates found before travel in it.
  #described = false;
  #descriptions = 0;
  #offeredAt = 0;
  #roundAt = 0;
  #roundsInVain = 0;
  #brokenAt = 0;
  #asked = 0;
  #work = Promise.resolve();
  #closed = false;

  constructor(calls, { seat, page }) {
    this.#calls = calls;
    this.seat = seat;
    this.page = page;
    // Whether the portal hears of the other. Only says whether mending makes sense.
    this.here = true;
    this.offers = calls.page > page;
    this.#roundAt = performance.now();
    if (this.offers) this.#do(() => this.#begin());
  }

  get state() {
    return this.#connection?.connectionState || "new";
  }

  get connected() {
    return this.state === "connected";
  }

  // How long there has been no picture and sound.
  get brokenFor() {
    return this.connected || !this.#brokenAt ? 0 : performance.now() - this.#brokenAt;
  }

  get receivers() {
    return this.#connection?.getReceivers() || [];
  }

  get senders() {
    return this.#connection?.getSenders() || [];
  }

  stats() {
    return this.#connection ? this.#connection.getStats() : Promise.resolve(new Map());
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#batch);
    this.#connection?.close();
  }

  reconfigure() {
    try {
      this.#connection?.setConfiguration(this.#calls.configuration);
    } catch {
      // A browser that cannot: the next connection has the new credentials.
    }
  }

  hear(kind, content) {
    if (kind === "offer") this.#do(() => this.#answer(content));
    else if (kind === "answer") this.#do(() => this.#accept(content));
    else if (content.wish === "offer") this.#wished();
    else this.#do(() => this.#addCandidates(content));
  }

  useTracks() {
    for (const transceiver of this.#connection?.getTransceivers() || []) {
      const track = this.#calls.tracks[transceiver.receiver.track.kind];
      if (transceiver.sender.track !== track) transceiver.sender.replaceTrack(track).catch(() => {});
    }
  }

  // The watchdog: re-sends what was lost, and mends what broke.
  watch(atOnce = false) {
    const moment = performance.now();
    if (this.connected) {
      this.#brokenAt = 0;
      this.#roundsInVain = 0;
      return;
    }
    this.#brokenAt ||= moment;
    if (!this.here) return;
    const state = this.state;
    if (this.#connection?.signalingState === "have-local-offer") {
      if (atOnce || moment - this.#offeredAt > LOST_OFFER) this.#sendOffer();
      return;
    }
    const since = moment - Math.max(this.#roundAt, this.#asked);
    const broken = state === "failed" || (state === "disconnected" && moment - this.#brokenAt > STAYS_DISCONNECTED);
    if ((broken && (atOnce || since > STAYS_DISCONNECTED)) || since > GIVE_UP_ROUND) this.#mend();
  }

  #mend() {
    if (!this.offers) {
      this.#asked = performance.now();
      this.#send("candidate", { wish: "offer", name: this.#name });
      return;
    }
    this.#roundAt = performance.now();
    this.#roundsInVain += 1;
    const anew = !this.#connection || this.#roundsInVain % ROUNDS_OF_ONE === 0;
    this.#do(() => (anew ? this.#begin() : this.#offer({ iceRestart: true })));
  }

  // The other side, which may not offer, has no connection or lost it.
  #wished() {
    if (this.offers && performance.now() - this.#roundAt > STAYS_DISCONNECTED) this.#mend();
  }

  async #begin() {
    this.#open(`${this.#calls.page.toString(36)}-${Math.random().toString(36).slice(2, 8)}`);
    const { audio, video } = this.#calls.tracks;
    for (const [kind, track] of [["audio", audio], ["video", video]]) {
      this.#connection.addTransceiver(track || kind, { direction: "sendrecv", streams: [this.#calls.stream] });
    }
    await this.#offer({});
  }

  #open(name) {
    this.#connection?.close();
    this.#name = name;
    this.#round = this.#answered = 0;
    this.#outgoing = [];
    const connection = (this.#connection = new RTCPeerConnection(this.#calls.configuration));
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (connection === this.#connection && candidate?.candidate) this.#tell(candidate.toJSON());
    });
    const changed = () => {
      if (connection !== this.#connection || this.#closed) return;
      if (!this.connected) this.#brokenAt ||= performance.now();
      this.#calls.changed(this);
    };
    connection.addEventListener("connectionstatechange", () => {
      changed();
      if (this.state === "failed") this.watch(true);
    });
    connection.addEventListener("track", changed);
  }

  async #offer(how) {
    const connection = this.#connection;
    // An offer that was never answered is taken back before the next one.
    if (connection.signalingState === "have-local-offer") {
      await connection.setLocalDescription({ type: "rollback" });
    }
    this.#round += 1;
    this.#roundAt = performance.now();
    this.#described = false;
    await connection.setLocalDescription(await connection.createOffer(how));
    await gathered(connection);
    if (connection === this.#connection) this.#sendOffer();
  }

  #sendOffer() {
    this.#offeredAt = performance.now();
    this.#describe("offer");
  }

  async #answer({ name, round, sdp }) {
    if (this.offers) return;
    if (name === this.#name && round < this.#round) return;
    if (name !== this.#name) this.#open(name);
    const connection = this.#connection;
    if (round > this.#answered) {
      this.#round = round;
      this.#roundAt = performance.now();
      this.#described = false;
      await connection.setRemoteDescription({ type: "offer", sdp });
      for (const transceiver of connection.getTransceivers()) {
        transceiver.direction = "sendrecv";
        transceiver.sender.setStreams?.(this.#calls.stream);
      }
      this.useTracks();
      await connection.setLocalDescription(await connection.createAnswer());
      this.#answered = round;
      await this.#addEarly();
      await gathered(connection);
    }
    // An offer that came again means that the answer was lost: the same one goes once more.
    if (connection === this.#connection) this.#describe("answer");
  }

  // Send what this side offers or answers, with the candidates found so far. What was not delivered
  // when it is sent anew is dropped.
  #describe(kind) {
    this.#outgoing = [];
    this.#described = true;
    this.#descriptions += 1;
    const number = this.#descriptions;
    const { sdp } = this.#connection.localDescription;
    this.#send(kind, { name: this.#name, round: this.#round, sdp }, () => number === this.#descriptions);
  }

  async #accept({ name, round, sdp }) {
    const connection = this.#connection;
    if (!this.offers || name !== this.#name || round !== this.#round) return;
    // In `stable` there is nothing to answer: this one was sent twice.
    if (connection.signalingState !== "have-local-offer") return;
    await connection.setRemoteDescription({ type: "answer", sdp });
    this.#answered = round;
    await this.#addEarly();
  }

  // Candidates go in small heaps: each word is a request.
  #tell(candidate) {
    this.#outgoing.push(candidate);
    clearTimeout(this.#batch);
    this.#batch = setTimeout(() => {
      if (!this.#outgoing.length || !this.#described || this.#closed) return;
      const candidates = this.#outgoing;
      this.#outgoing = [];
      this.#send("candidate", { name: this.#name, round: this.#round, candidates });
    }, BATCH);
  }

  async #addCandidates(heap) {
    if (heap.name !== this.#name || heap.round !== this.#answered) {
      this.#early = [...this.#early.slice(-20), heap];
      return;
    }
    for (const candidate of heap.candidates) {
      // One that the browser cannot use is no reason to drop the others.
      await this.#connection.addIceCandidate(candidate).catch(() => {});
    }
  }

  async #addEarly() {
    const early = this.#early;
    this.#early = [];
    for (const heap of early) {
      if (heap.name === this.#name && heap.round >= this.#answered) await this.#addCandidates(heap);
    }
  }

  #send(kind, content, isLast = () => true) {
    const connection = this.#connection;
    const wanted = () => !this.#closed && connection === this.#connection && isLast();
    this.#calls.send(this.seat, this.page, kind, content, wanted);
    if (this.brokenFor < HURRY_FOR) this.#calls.negotiating();
  }

  // One step after the other. A step that fails is mended by the watchdog.
  #do(step) {
    this.#work = this.#work.then(() => (this.#closed ? null : step())).catch(() => {});
  }
}

// What another page wrote, or nothing where it makes no sense: that is no reason to hear nobody else.
function read(written) {
  try {
    const content = JSON.parse(written);
    return content && typeof content === "object" ? content : null;
  } catch {
    return null;
  }
}

// Wait a moment for the first candidates, so that they travel with the description.
function gathered(connection) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(done, GATHERING);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      done();
    });
  });
}

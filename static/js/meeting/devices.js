// Camera and microphone. Whatever is missing or refused, there is a way to take part: sound only, or
// listening only. What is wrong is told by the name of its words on the page.

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24, max: 30 }, facingMode: "user" };

// The name of the words that say why no call is possible here, or nothing.
export function missing() {
  if (typeof RTCPeerConnection === "undefined" || !("addTransceiver" in RTCPeerConnection.prototype)) {
    return "old-browser";
  }
  return "";
}

// What this browser cannot do about devices, or nothing.
function noDevices() {
  if (!window.isSecureContext) return "insecure";
  return navigator.mediaDevices?.getUserMedia ? "" : "old-browser";
}

function reasonOf(problem) {
  if (problem.name === "NotAllowedError" || problem.name === "SecurityError") return "denied";
  if (problem.name === "NotReadableError" || problem.name === "AbortError") return "busy";
  return "none";
}

async function openSound() {
  const { stream, reason } = await ask({ audio: SOUND });
  if (stream) return tracksOf(stream, "");
  return { sound: null, picture: null, words: reason === "none" ? "no-devices" : reason };
}

// The camera alone, as when it is switched on again.
export async function openPicture() {
  const { stream, reason } = noDevices() ? { stream: null, reason: noDevices() } : await ask({ video: PICTURE });
  if (stream) return tracksOf(stream, "");
  return { sound: null, picture: null, words: reason === "none" ? "no-camera" : reason };
}

async function ask(wanted) {
  try {
    return { stream: await navigator.mediaDevices.getUserMedia(wanted), reason: "" };
  } catch (problem) {
    return { stream: null, reason: reasonOf(problem) };
  }
}

// Open what there is: both, else one of them, else none. Returns the tracks that came and the name
// of the words that say what did not.
export async function open({ picture: wanted = true } = {}) {
  const reason = noDevices();
  if (reason) return { sound: null, picture: null, words: reason };
  if (!wanted) return openSound();
  const both = await ask({ audio: SOUND, video: PICTURE });
  if (both.stream) return tracksOf(both.stream, "");
  // A refusal is not asked again at once; what is busy or missing may be only one of the two.
  if (both.reason === "denied") {
    const alone = await allowedAlone();
    return alone || { sound: null, picture: null, words: "denied" };
  }
  const sound = await ask({ audio: SOUND });
  if (sound.stream) return tracksOf(sound.stream, both.reason === "busy" ? "busy" : "no-camera");
  const picture = await ask({ video: PICTURE });
  if (picture.stream) return tracksOf(picture.stream, sound.reason === "none" ? "no-devices" : sound.reason);
  return { sound: null, picture: null, words: sound.reason === "none" ? "no-devices" : sound.reason };
}

// The camera may be refused for ever in this browser while the microphone is allowed.
async function allowedAlone() {
  try {
    const microphone = await navigator.permissions.query({ name: "microphone" });
    if (microphone.state !== "granted") return null;
  } catch {
    return null;
  }
  const sound = await ask({ audio: SOUND });
  return sound.stream ? tracksOf(sound.stream, "no-camera") : null;
}

function tracksOf(stream, words) {
  const [sound] = stream.getAudioTracks();
  const [picture] = stream.getVideoTracks();
  return { sound: sound || null, picture: picture || null, words };
}

// Calls heard() when a device was plugged in or taken away.
export function follow(heard) {
  navigator.mediaDevices?.addEventListener?.("devicechange", heard);
}

const PART = 1024;

// How loud a sound is, from 0 to 1, four times a second; returns what ends it.
export function measureLevel(track, show) {
  const sounds = new AudioContext();
  const meter = sounds.createAnalyser();
  // Longer than from one reading to the next: no word falls between two.
  meter.fftSize = 16384;
  sounds.createMediaStreamSource(new MediaStream([track])).connect(meter);
  sounds.resume().catch(() => {});
  const heard = new Float32Array(meter.fftSize);
  const timer = setInterval(() => {
    meter.getFloatTimeDomainData(heard);
    let power = 0;
    for (let start = 0; start < heard.length; start += PART) {
      const part = heard.subarray(start, start + PART);
      power = Math.max(power, part.reduce((sum, value) => sum + value * value, 0) / PART);
    }
    // Spoken words lie between -50 and -10 decibels.
    const decibels = 10 * Math.log10(power + 1e-10);
    show(Math.max(0, Math.min(1, (decibels + 55) / 45)));
  }, 250);
  return () => {
    clearInterval(timer);
    sounds.close();
  };
}

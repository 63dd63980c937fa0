// The meeting in the frame of a Jitsi Meet of the State's own.
//
// No script of that host is loaded into this page: what runs there has the frame's camera and
// microphone and nothing of the portal. The address of the frame carries the token in its fragment,
// which is sent to no server; it is set on the frame alone, never on this page, and not kept.

// root: the page's [data-meeting]; entry: what a poll with "entry" has answered. Nothing of the
// frame can be measured from here, so the office may call the telephone at any time.
export function open(root, entry) {
  const place = root.querySelector("[data-meeting-frame]");
  const frame = place.querySelector("template[data-frame]").content.firstElementChild.cloneNode(true);
  frame.allow = entry.allow;
  frame.src = entry.frame;
  place.append(frame);
  const hidden = hideForFrame(root);
  place.hidden = false;
  frame.focus();
  return { close: () => close(place, frame, hidden) };
}

// A frame that is taken away runs no longer: camera, microphone and call end with it.
function close(place, frame, hidden) {
  frame.remove();
  place.hidden = true;
  for (const part of hidden) part.hidden = false;
}

// What the frame has buttons for itself, and tiles that would stay empty.
function hideForFrame(root) {
  const call = root.querySelector("[data-meeting-call]");
  if (call) call.hidden = false;
  const names = ["people", "mute", "camera", "fullscreen"];
  const parts = names.map((name) => root.querySelector(`[data-meeting-${name}]`));
  const shown = parts.filter((part) => part && !part.hidden);
  for (const part of shown) part.hidden = true;
  return shown;
}

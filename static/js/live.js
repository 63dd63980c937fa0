// Parts of a page marked data-live are fetched anew every five seconds while the page is looked at.
// The page keeps its place, its focus and whatever is being chosen in a form. A page that is large
// names a smaller address with the same parts, data-live-from.

const EVERY = 5000;
const FROM = document.querySelector("[data-live-from]")?.dataset.liveFrom ?? location.href;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(FROM, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = document.querySelectorAll("[data-live]");
    const freshParts = fresh.querySelectorAll("[data-live]");
    if (parts.length !== freshParts.length) {
      location.reload();
      return;
    }
    parts.forEach((part, index) => {
      if (part.contains(document.activeElement)) return;
      if (part.innerHTML !== freshParts[index].innerHTML) part.replaceChildren(...freshParts[index].childNodes);
    });
  } catch {
    // The portal is being started anew: the next round finds it.
  }
}

if (document.querySelector("[data-live]")) setInterval(refresh, EVERY);

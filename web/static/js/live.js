// Keeps a page current: a socket where one can be had, polling every 30 seconds where not.
// The page itself stays the only renderer: it is fetched again and its live parts are swapped.

const POLL_MS = 30_000;
const QUIET_MS = 1_500; // many messages at once cost one fetch
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];

export function keepCurrent({ token = "", isMine = () => true, apply = swapParts }) {
  let polling = null;
  let waiting = null;
  let running = false;
  let again = false;

  async function refresh() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      const fresh = await fetchPage(location.href);
      if (fresh) apply(fresh);
    } finally {
      running = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }

  function soon() {
    waiting ??= setTimeout(() => {
      waiting = null;
      refresh();
    }, QUIET_MS);
  }

  function poll(on) {
    note(on ? "poll" : "on");
    if (on) polling ??= setInterval(() => document.hidden || refresh(), POLL_MS);
    else polling = clearInterval(polling) ?? null;
  }

  listen(token, {
    opened: () => poll(false),
    closed: () => poll(true),
    said: (message) => isMine(message) && soon(),
    reopened: refresh,
  });
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  return { refresh };
}

function listen(token, { opened, closed, said, reopened }) {
  let failures = 0;
  let hadOne = false;

  function open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = token ? `?token=${encodeURIComponent(token)}` : "";
    const socket = new WebSocket(`${scheme}//${location.host}/ws${query}`);
    socket.addEventListener("open", () => {
      failures = 0;
      opened();
      if (hadOne) reopened();
      hadOne = true;
    });
    socket.addEventListener("message", (event) => said(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      closed();
      setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] * (1 + Math.random()));
      failures += 1;
    });
  }
  open();
}

export async function fetchPage(address, options = {}) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
    if (!answer.ok) return null;
    if (new URL(answer.url).pathname === "/login") {
      // The login has ended: go there, unless somebody may be writing.
      if (!document.querySelector("textarea")) location.reload();
      return null;
    }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null; // offline: the next turn tries again
  }
}

// Replaces each [data-live] part that differs; returns whether any did.
export function swapParts(fresh) {
  let changed = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!next || next.innerHTML === part.innerHTML) continue;
    if (part.contains(document.activeElement)) continue; // never under somebody's fingers
    const open = [...part.querySelectorAll("details[open]")].map((d) => d.dataset.keep);
    part.replaceWith(document.importNode(next, true));
    for (const name of open) {
      document.querySelector(`details[data-keep="${name}"]`)?.setAttribute("open", "");
    }
    changed = true;
  }
  return changed;
}

export function announce(text) {
  const place = document.querySelector("[data-announce]");
  if (place) place.textContent = text;
}

function note(state) {
  const place = document.querySelector("[data-live-note]");
  if (!place) return;
  place.hidden = false;
  place.classList.toggle("on", state === "on");
  place.textContent = place.dataset[state];
}

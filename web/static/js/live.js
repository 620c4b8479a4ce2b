// Keeps a page current: a socket where one can be had, polling every 30 seconds where not.
// The page itself stays the only renderer: it is fetched again and its live parts are swapped.

const POLL_MS = 30_000;
const QUIET_MS = 1_500; // many messages at once cost one fetch
const SPREAD_MS = 5_000; // who is told to read anew is told so with everybody else
const RETRY_MS = [1_000, 5_000, 15_000, 60_000];

export function keepCurrent({ token = "", isMine = () => true, apply = swapParts, presence }) {
  let polling = null;
  let waiting = null;
  let retrying = null;
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
      else retry();
    } finally {
      running = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }

  function soon(after = QUIET_MS) {
    waiting ??= setTimeout(() => {
      waiting = null;
      refresh();
    }, after);
  }

  // With a socket nobody polls, and what was announced is announced once.
  function retry() {
    retrying ??= setTimeout(() => {
      retrying = null;
      refresh();
    }, POLL_MS);
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
    lost: () => soon(QUIET_MS + Math.random() * SPREAD_MS),
    reopened: refresh,
    presence,
  });
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  return { refresh };
}

// `lost` is called where messages were missed that nobody can say again.
function listen(token, { opened, closed, said, lost, reopened, presence }) {
  let failures = 0;
  let hadOne = false;
  let last = ""; // the newest message: what came after it is told to who names it
  let waiting = null; // for the next try
  let drop = () => {};

  function open() {
    clearTimeout(waiting);
    waiting = null;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = String(new URLSearchParams({ ...(token && { token }), ...(last && { last }) }));
    const socket = new WebSocket(`${scheme}//${location.host}/ws${query && `?${query}`}`);
    let isOver = false;

    function end() {
      if (isOver) return;
      isOver = true;
      closed();
      presence?.closed();
      waiting = setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] * (1 + Math.random()));
      failures += 1;
    }

    // Without a line the other side's goodbye never comes.
    drop = () => {
      end();
      socket.close();
    };
    socket.addEventListener("open", () => {
      if (isOver) return;
      failures = 0;
      opened();
      presence?.opened({ send: (told) => socket.send(told), drop });
      if (hadOne && !last) reopened();
      hadOne = true;
    });
    socket.addEventListener("message", (event) => {
      if (isOver) return;
      const message = JSON.parse(event.data);
      if (message.type === "presence") {
        presence?.told(message.data.requests);
        return;
      }
      last = message.id;
      if (message.type === "reload") lost();
      else said(message);
    });
    socket.addEventListener("close", end);
  }
  window.addEventListener("offline", () => waiting === null && drop());
  window.addEventListener("online", () => waiting !== null && open());
  open();
}

export async function fetchPage(address, options = {}) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
    // The link has ended: the page says so, unless somebody is writing.
    if (answer.status === 410 && !isWriting()) location.reload();
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

function isWriting() {
  return [...document.querySelectorAll("textarea")].some((place) => place.value.trim());
}

// Replaces each [data-live] part of `place` that differs; returns whether any did.
export function swapParts(fresh, place = document) {
  let changed = false;
  for (const part of place.querySelectorAll("[data-live]")) {
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

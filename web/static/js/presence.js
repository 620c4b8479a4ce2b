// Who else has a request open, and who writes there: told over the page's socket, shown in one line
// and as a mark in the list. Without a socket nobody is shown.

import { announce } from "./live.js";

const PAUSE_MS = 2_000; // more than ten things in ten seconds close the socket
const WRITING_MS = 15_000; // after the last key
const AGAIN_MS = 30_000; // what is told is answered: a dead line is noticed by that
const QUIET_MS = 10_000; // between two sentences for who hears the page
const NAMED = 4;

const WORDS = "textarea[name=note], textarea[name=reply]";

export function keepPresence({ shown = null, changed = () => {} } = {}) {
  const texts = document.querySelector("[data-presence-texts]").dataset;
  const others = new Map(); // by request: who else looks
  let mine = { request_id: shown, writing: "" };
  let line = null; // the socket, while there is one
  let sent = "";
  let unanswered = null;
  let pausing = null;
  let resting = null;
  let met = new Set(); // who was named aloud, and who of them as writing
  let writers = new Set();
  let saidAt = -QUIET_MS;

  const told = () => JSON.stringify({ type: "presence", ...(document.hidden ? {} : mine) });

  function tell({ again = false } = {}) {
    if (!line || pausing || (!again && told() === sent)) return;
    sent = told();
    line.send(sent);
    const { drop } = line;
    unanswered ??= setTimeout(drop, AGAIN_MS);
    pausing = setTimeout(() => {
      pausing = null;
      tell();
    }, PAUSE_MS);
  }

  function show(id) {
    if (id !== mine.request_id) {
      mine = { request_id: id, writing: "" };
      met = new Set();
    }
    tell();
    draw();
  }

  function write(writing) {
    clearTimeout(resting);
    resting = writing ? setTimeout(write, WRITING_MS, "") : null;
    mine.writing = writing;
    tell();
  }

  function sentence(people) {
    const named = (some) => {
      const names = some.map((one) => texts.name.replace("{name}", () => one.name));
      const rest = names.length > NAMED ? names.splice(NAMED - 1).length : 0;
      if (rest) names.push(texts.others.replace("{count}", rest));
      return new Intl.ListFormat(document.documentElement.lang).format(names);
    };
    return ["reply", "note", ""]
      .map((writing) => [writing || "looks", people.filter((one) => one.writing === writing)])
      .filter(([, some]) => some.length)
      .map(([what, some]) =>
        texts[some.length > 1 ? `${what}Several` : what].replace("{names}", () => named(some)),
      )
      .join(" · ");
  }

  function draw() {
    const people = others.get(mine.request_id) ?? [];
    const place = document.querySelector("[data-request] [data-presence]");
    const text = people.length ? sentence(people) : "";
    if (place && place.textContent !== text) place.textContent = place.title = text;
    place?.classList.toggle("writing", people.some((one) => one.writing));
    if (line) sayAloud(people, text);
    changed();
  }

  // Who comes for the first time or begins to write; not who leaves.
  function sayAloud(people, text) {
    const isNews = people.some(
      ({ user_id, writing }) => !met.has(user_id) || (writing && !writers.has(user_id)),
    );
    if (isNews && performance.now() - saidAt < QUIET_MS) return;
    for (const { user_id } of people) met.add(user_id);
    writers = new Set(people.filter((one) => one.writing).map((one) => one.user_id));
    if (!isNews) return;
    saidAt = performance.now();
    announce(text);
  }

  document.addEventListener("input", ({ target }) => {
    if (target.matches(WORDS) && target.closest("[data-request]")) write(target.value.trim() ? target.name : "");
  });
  document.addEventListener("submit", () => write(""));
  document.addEventListener("visibilitychange", () => tell());
  setInterval(() => document.hidden || tell({ again: true }), AGAIN_MS);

  return {
    show,
    opened(socket) {
      line = socket;
      sent = "";
      tell();
    },
    closed() {
      line = null;
      for (const timer of [unanswered, pausing]) clearTimeout(timer);
      unanswered = pausing = null;
      others.clear();
      draw();
    },
    told(requests) {
      clearTimeout(unanswered);
      unanswered = null;
      for (const [id, people] of Object.entries(requests)) {
        const found = people.filter((one) => one.user_id !== Number(texts.me));
        if (found.length) others.set(Number(id), found);
        else others.delete(Number(id));
      }
      draw();
    },
    // The rows that somebody else has open.
    mark(rows) {
      for (const row of rows.children) {
        const people = others.get(Number(row.dataset.id));
        row.classList.toggle("looked", Boolean(people));
        if (people) row.title = sentence(people);
        else row.removeAttribute("title");
      }
    },
  };
}

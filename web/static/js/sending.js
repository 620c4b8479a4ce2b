// Sends the reports that wait: the page and the service worker both, and one at a time. Should both
// do it after all, or an answer be lost, the report's key makes one request of it.

import { find, keep, list } from "./kept_reports.js";

const ADDRESS = "/api/requests";
const SILENCE = 60_000; // ms without a byte moving
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;
const LONGEST_CALL = 120_000; // of a service worker, which would keep the page from sending
const WORDS_SHOWN = 80;

// What became of the report `key`: it is sent now if it waits. `photos` are those that were too large
// to keep; `progress` is told the part that has gone, from 0 to 1.
export function deliver(key, { photos, progress } = {}) {
  return exclusively(async () => {
    const report = await find(key);
    if (report?.state !== "waiting") return report;
    const after = judged(report, await post(report, photos ?? report.photos, progress));
    await keep(after);
    return after;
  });
}

// All that may be sent by now; with `now`, those as well whose pause is not over.
export async function deliverAll({ now = false } = {}) {
  const waiting = (await list()).filter((report) => report.state === "waiting");
  const due = waiting.filter((report) => !report.needsPage && (now || report.dueAt <= Date.now()));
  for (const report of due) await deliver(report.key);
  return (await list()).filter((report) => report.state === "waiting");
}

function exclusively(work) {
  return navigator.locks ? navigator.locks.request("haja-sending", work) : work();
}

function judged(report, { status, body, retryAfter }) {
  const changed = { ...report, changedAt: Date.now() };
  if (status === 201 && body?.reference) {
    const words = report.fields.description.slice(0, WORDS_SHOWN);
    const { key, changedAt } = changed;
    return { key, changedAt, state: "sent", reference: body.reference, link: linkTo(body), words };
  }
  const isRefusal = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  if (isRefusal && body?.detail) return { ...changed, state: "draft", problem: body };
  const tries = (report.tries ?? 0) + 1;
  const pause = Math.min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE);
  return { ...changed, tries, dueAt: Date.now() + Math.max(pause, retryAfter * 1000) };
}

// Without a host: the page may have come by another name than the settings have.
function linkTo(body) {
  const { pathname, search } = new URL(body.status_url, location.origin);
  const refused = body.photo_errors?.length;
  return `${pathname}${search}&notice=sent${refused ? `&refused=${refused}#photos` : ""}`;
}

function post(report, photos, progress) {
  const form = new FormData();
  form.append("idempotency_key", report.key);
  for (const [name, value] of Object.entries(report.fields)) form.append(name, value);
  for (const photo of photos) form.append("photos", photo, photo.name);
  const address = `${ADDRESS}?lang=${report.fields.language}`;
  return "XMLHttpRequest" in globalThis ? bySteps(address, form, progress) : atOnce(address, form);
}

const nothing = { status: 0, body: null, retryAfter: 0 };

// A page: tells how far it is.
function bySteps(address, form, progress) {
  return new Promise((resolve) => {
    const call = new XMLHttpRequest();
    let silence;
    const moved = () => {
      clearTimeout(silence);
      silence = setTimeout(() => call.abort(), SILENCE);
    };
    call.upload.addEventListener("progress", (event) => {
      moved();
      if (event.total) progress?.(event.loaded / event.total);
    });
    call.addEventListener("loadend", () => {
      clearTimeout(silence);
      const retryAfter = Number(call.getResponseHeader("Retry-After")) || 0;
      resolve({ status: call.status, body: parsed(call.responseText), retryAfter });
    });
    call.open("POST", address);
    call.setRequestHeader("Accept", "application/json");
    moved();
    call.send(form);
  });
}

// A service worker has no XMLHttpRequest.
async function atOnce(address, body) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(address, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(LONGEST_CALL),
    });
    const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
    return { status: answer.status, body: parsed(await answer.text()), retryAfter };
  } catch {
    return nothing;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The form's draft: kept in this browser as it is typed, sent by script with its progress, and left
// waiting where there is no line. Without scripts the form is sent as any other.

import { deliver, deliverAll } from "./sending.js";
import { find, forget, keep, list, watch } from "./kept_reports.js";

const FIELDS = ["description", "location", "contact_info", "requester_name"];
const PAUSE = 300; // ms after the last letter
const MOST_BYTES = 40 * 2 ** 20; // of photos that are kept
const DAY = 86_400_000; // ms
const KEPT = { draft: 7 * DAY, sent: DAY };

let form;
let button;
let label;
let note;
let changed;
let sending = false;
let filling = false;

export async function keepDraft() {
  form = document.querySelector("form[data-report]");
  if (!form) return;
  button = form.querySelector("button[type=submit]");
  label = button.textContent;
  note = form.querySelector("[data-note]");
  form.addEventListener("submit", submit);
  form.addEventListener("input", noteChange);
  form.addEventListener("photos", noteChange);
  form.querySelector("[data-clear]").addEventListener("click", () => begin({ focus: true }));
  document.addEventListener("visibilitychange", () => document.hidden && changed && save());
  // The back button brings the page back as it was left: sent, or not.
  window.addEventListener("pageshow", (event) => event.persisted && restore());
  window.addEventListener("online", () => sendWaiting({ now: true }));
  watch(showKept);
  await restore();
  await sendWaiting({ now: true });
}

const field = (name) => form.elements[name];
const photos = () => [...form.querySelector("#photos").files];

async function restore() {
  sending = false;
  setBusy(false);
  const all = await list();
  const isOld = ({ state, changedAt }) => Date.now() - changedAt > (KEPT[state] ?? Infinity);
  await Promise.all(all.filter(isOld).map(({ key }) => forget(key)));
  const left = all.filter((report) => !isOld(report));
  for (const report of left) {
    // Its photos lasted as long as the page did: a person has to choose them again.
    if (report.state === "waiting" && report.needsPage) await keep({ ...report, state: "draft" });
  }
  const wasSent = left.some(({ key, state }) => key === field("idempotency_key").value && state === "sent");
  const draft = left.find((report) => report.state === "draft" || report.needsPage);
  if ("answered" in form.dataset) noteChange();
  else if (draft) fill(draft);
  else if (wasSent || isBack()) await begin();
  else fillPlace();
  await showKept();
}

const isBack = () => performance.getEntriesByType("navigation")[0]?.type === "back_forward";

// The address may name the place; a page that was kept does not know it.
function fillPlace() {
  newKey();
  const place = new URLSearchParams(location.search).get("location");
  if (place) field("location").value = place.slice(0, field("location").maxLength);
}

function fill(draft) {
  filling = true;
  for (const name of FIELDS) field(name).value = draft.fields[name] ?? "";
  fillPlace();
  field("idempotency_key").value = draft.key;
  setPhotos(draft.photos);
  say(draft.needsPage ? "photosLost" : "restored");
  field("description").dispatchEvent(new Event("input", { bubbles: true }));
  filling = false;
  if (draft.problem) showProblem(draft.problem);
}

function setPhotos(files) {
  const input = form.querySelector("#photos");
  const carrier = new DataTransfer();
  files.forEach((file) => carrier.items.add(file));
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// A new, empty report; what was kept of this one goes.
async function begin({ focus = false } = {}) {
  clearTimeout(changed);
  changed = undefined;
  const old = await find(field("idempotency_key").value);
  if (old?.state === "draft") await forget(old.key);
  form.reset();
  for (const name of ["description", "contact_info", "requester_name"]) field(name).value = "";
  newKey();
  clearProblems();
  say("");
  if (focus) field("description").focus();
}

function newKey() {
  field("idempotency_key").value = randomId();
}

// crypto.randomUUID exists over https only.
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function noteChange() {
  if (sending || filling) return;
  clearTimeout(changed);
  changed = setTimeout(save, PAUSE);
}

function written(state) {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, field(name).value]));
  fields.language = field("language").value;
  const all = photos();
  const needsPage = all.reduce((sum, file) => sum + file.size, 0) > MOST_BYTES;
  const key = field("idempotency_key").value;
  const base = { key, state, fields, photos: needsPage ? [] : all, needsPage };
  return { ...base, changedAt: Date.now(), dueAt: 0 };
}

async function save() {
  clearTimeout(changed);
  changed = undefined;
  const report = written("draft");
  const isEmpty = !FIELDS.some((name) => report.fields[name] !== field(name).defaultValue);
  if (isEmpty && !photos().length) {
    await forget(report.key);
    return say("");
  }
  const isStored = await store(report);
  say(isStored ? (report.needsPage ? "photosLarge" : "saved") : "notSaved");
}

// Without its photos where they do not fit.
async function store(report) {
  if (await keep(report)) return true;
  return report.photos.length > 0 && keep(Object.assign(report, { photos: [], needsPage: true }));
}

async function submit(event) {
  event.preventDefault();
  if (sending) return;
  sending = true;
  setBusy(true);
  clearProblems();
  clearTimeout(changed);
  changed = undefined;
  const report = written("waiting");
  const chosen = photos();
  if (!(await store(report))) report.needsPage = true;
  settle(await deliver(report.key, { photos: chosen, progress: showProgress }));
}

async function settle(report) {
  sending = false;
  if (report?.state === "sent") {
    if (!("embedded" in form.dataset)) return location.assign(report.link);
    await begin();
  } else if (report?.state === "waiting" && !report.needsPage) {
    await begin();
    askForSync();
    sendLater(report.dueAt);
  } else if (report?.state === "waiting") {
    showProblem(); // only this page has it, or its photos: it stays as it is
    await keep({ ...report, state: "draft" });
  } else if (report) {
    showProblem(report.problem);
  }
  setBusy(false);
  await showKept({ focus: true });
}

function setBusy(isBusy) {
  button.setAttribute("aria-disabled", String(isBusy));
  button.textContent = isBusy ? form.dataset.report : label;
  form.querySelector("progress").hidden = true;
}

function showProgress(part) {
  const bar = form.querySelector("progress");
  bar.hidden = photos().length === 0;
  bar.value = part;
}

function say(text) {
  note.hidden = !text;
  note.querySelector("[data-text]").textContent = text ? note.dataset[text] : "";
}

// Waiting and sent reports, above the form.
async function showKept({ focus = false } = {}) {
  const place = document.querySelector("[data-kept]");
  const all = (await list()).filter(({ state, key }) => state !== "draft" && !isBeingSent(key));
  place.replaceChildren(...all.map(item));
  place.parentElement.hidden = all.length === 0;
  if (focus && all.length) place.firstElementChild.focus();
  if (all.some(({ key, state }) => state === "sent" && key === field("idempotency_key").value)) begin();
}

const isBeingSent = (key) => sending && key === field("idempotency_key").value;

function item(report) {
  const isSent = report.state === "sent";
  const copy = document.querySelector(`template[data-state=${report.state}]`).content.cloneNode(true);
  const fill_ = (name, text) => (copy.querySelector(`[data-${name}]`).textContent = text);
  fill_("words", isSent ? report.words : report.fields.description);
  const on = (name, act) => copy.querySelector(`[data-${name}]`).addEventListener("click", act);
  if (isSent) {
    fill_("reference", report.reference);
    copy.querySelector("a").href = report.link;
    on("forget", () => forget(report.key).then(showKept));
  } else {
    on("send", () => sendWaiting({ now: true }));
    on("edit", () => edit(report.key));
  }
  return copy.firstElementChild;
}

// Its key stays: nobody knows whether the first sending was received.
async function edit(key) {
  const report = await find(key);
  if (report?.state !== "waiting") return showKept();
  if (changed) await save();
  await keep({ ...report, state: "draft" });
  fill(report);
  await showKept();
  field("description").focus();
}

async function sendWaiting({ now = false } = {}) {
  if (sending) return;
  const left = await deliverAll({ now });
  await showKept();
  const refused = (await list()).find((report) => report.state === "draft" && report.problem);
  if (refused && !changed && !field("description").value) fill(refused);
  if (left.length) sendLater(Math.min(...left.map((report) => report.dueAt)));
}

let next;
function sendLater(at) {
  clearTimeout(next);
  next = setTimeout(sendWaiting, Math.max(1000, at - Date.now()));
}

// The browser wakes the service worker when the line is back, where it can do that.
async function askForSync() {
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.sync?.register("reports").catch(() => undefined);
}

function clearProblems() {
  form.querySelectorAll("p.field-error[id]").forEach((one) => one.remove());
  form.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  document.querySelectorAll("[data-problem]").forEach((one) => (one.hidden = true));
}

// Without a problem of the service's: there is no line.
function showProblem(problem) {
  const box = document.querySelector("template[data-state=problem]").content.cloneNode(true).firstElementChild;
  document.querySelectorAll("[data-problem]").forEach((one) => one.remove());
  const errors = problem?.errors ?? [];
  const wasReused = errors.some((error) => error.field === "Idempotency-Key");
  if (wasReused) newKey();
  const words = problem ? problem.detail : box.dataset.noLine;
  box.querySelector("p").textContent = wasReused ? box.dataset.sentBefore : words;
  for (const { field: name, message } of errors) {
    const input = form.elements[name];
    if (!input?.id) continue;
    const error = document.createElement("p");
    error.className = "field-error";
    error.id = `${name}-error`;
    error.textContent = message;
    input.before(error);
    input.setAttribute("aria-invalid", "true");
    const hints = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    input.setAttribute("aria-describedby", [...hints.add(error.id)].join(" "));
  }
  form.before(box);
  box.focus();
}

import { changer } from "./changes.js";
import * as keys from "./keys.js";
import { announce, fetchPage, keepCurrent, swapParts } from "./live.js";
import { besideList } from "./pane.js";
import { ask, pick } from "./picker.js";
import { keepPresence } from "./presence.js";
import { keepRows } from "./rows.js";
import { markUnseen } from "./seen.js";
import { keepSelection } from "./selection.js";

const rows = document.querySelector("[data-rows]");
const texts = document.querySelector("[data-texts]").dataset;
const sheet = document.querySelector("[data-sheet]");
const bulk = document.querySelector("[data-bulk]");
const isFirstPage = rows.dataset.first === "yes";

const say = (text, values = {}) =>
  Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);

// ---- the row that keys are about ----

const linkOf = (row) => row.querySelector(".row-reference");
const rowOf = (id) => rows.querySelector(`[data-id="${id}"]`);

function current() {
  return document.activeElement?.closest("[data-rows] > li") ?? rows.querySelector(".current");
}

function goTo(row) {
  if (!row) return;
  mark(row);
  linkOf(row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  if (pane.shown()) step(row);
}

function mark(row) {
  rows.querySelector(".current")?.classList.remove("current");
  row?.classList.add("current");
}

let stepping = null;
function step(row) {
  clearTimeout(stepping);
  stepping = setTimeout(() => pane.show(row.dataset.id, { focus: false }), 150);
}

function move(by) {
  const row = current();
  const next = by > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  goTo(row ? next : rows.firstElementChild);
}

function extend(by) {
  const row = current() ?? rows.firstElementChild;
  if (!row) return;
  const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
  if (!next) return selection.set(row, true);
  // Going back over what is selected takes it out again.
  if (selection.has(row) && selection.has(next)) selection.set(row, false);
  else selection.set(row, true);
  selection.set(next, true);
  goTo(next);
}

rows.addEventListener("focusin", (event) => mark(event.target.closest("[data-id]")));

// ---- what is selected ----

const selection = keepSelection(rows, (count) => {
  const place = bulk?.querySelector("[data-selected]");
  if (place) place.textContent = count ? say(texts.selected, { count }) : "";
  bulk?.classList.toggle("some", count > 0);
});

function targets() {
  const chosen = selection.rows();
  const row = current();
  return chosen.length ? chosen : row ? [row] : [];
}

// ---- live ----

const presence = keepPresence({ changed: () => presence.mark(rows) });
const list = keepRows(rows, {
  bar: document.querySelector("[data-arrivals]"),
  exchanged: () => {
    selection.restore();
    presence.mark(rows);
  },
});
let settle = false;

function apply(fresh) {
  const row = rows.querySelector(".current");
  const at = [...rows.children].indexOf(row);
  const had = row?.contains(document.activeElement);
  const arrived = list.merge(fresh, { settle });
  settle = false;
  if (row && !row.isConnected && !rows.querySelector(".current")) {
    const next = rows.children[Math.min(at, rows.children.length - 1)];
    if (next && had) goTo(next);
    else mark(next);
  }
  swapParts(fresh, document);
  pane.refresh();
  if (arrived && isFirstPage) {
    announce(say(document.querySelector("[data-announce]").dataset.arrived, { count: arrived }));
  }
}

const live = keepCurrent({ isMine: (message) => message.type !== "stats", apply, presence });

async function afterOwnChange() {
  settle = true;
  await live.refresh();
}

// ---- beside the list ----

const pane = besideList({
  place: document.querySelector("[data-pane]"),
  filled: (id) => presence.show(id),
  closed: (id) => {
    presence.show(null);
    const row = rowOf(id);
    if (row) goTo(row);
  },
  saved: (part) => {
    const undo = part.querySelector("[data-undo]");
    undo?.remove(); // the list's bar is the one place for it
    if (undo) requests.adopt(undo.dataset.undo);
    return afterOwnChange();
  },
});

rows.addEventListener("click", (event) => {
  const link = event.target.closest(".row-reference");
  if (!link || !pane.isWide() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.closest("[data-id]");
  mark(row);
  row.classList.remove("unseen");
  pane.show(row.dataset.id);
});

// ---- changes ----

const toast = document.querySelector("[data-toast]");
const undoButton = toast.querySelector("[data-take-back]");
const stopButton = toast.querySelector("[data-stop]");

function said(what, values) {
  const further = [
    values.refused && say(texts.refused, { count: values.refused }),
    values.failure && say(texts.failed, { reason: values.failure }),
    values.left && say(texts.left, { count: values.left }),
    values.over > 0 && say(texts.over, { count: values.over }),
  ];
  const goesOn = ["progress", "collected"].includes(what);
  toast.querySelector("p").textContent = [say(texts[what], values), ...further].filter(Boolean).join(" ");
  undoButton.hidden = what !== "changed" || !values.count;
  stopButton.hidden = !goesOn;
  toast.hidden = false;
  clearTimeout(said.timer);
  if (!goesOn) said.timer = setTimeout(() => (toast.hidden = true), 30_000);
}

const requests = changer({
  token: () => document.querySelector("input[name=csrf_token]").value,
  said,
  done: async () => {
    await afterOwnChange();
    await pane.reload();
  },
});

// One after the other, as they were asked for.
let queue = Promise.resolve();
const later = (work) => (queue = queue.then(work).catch((error) => said("failed", { reason: error.message })));

const known = (id) => ({ id: Number(id), version: Number(rowOf(id)?.dataset.version ?? 0) });

function change(chosen, changes) {
  const ids = chosen.map((row) => row.dataset.id);
  return later(() => send(ids.map(known), changes));
}

async function send(found, changes) {
  for (const { id, version } of await requests.change(found, changes)) {
    const row = rowOf(id);
    if (row && version) row.dataset.version = version;
  }
}

const options = (select) =>
  [...select.options].filter((one) => one.value).map((one) => [one.value, one.textContent.trim()]);

async function choose(kind) {
  const chosen = targets();
  if (!chosen.length) return;
  const own = kind === "status" && chosen.length === 1 && chosen[0].querySelector("select[name=status]");
  const value = await pick(titleOf(kind, chosen), options(own || bulk.querySelector(`[name=${kind}]`)));
  back(chosen);
  if (value) change(chosen, { [kind]: value });
}

async function write(kind, settings) {
  const chosen = targets();
  if (!chosen.length) return;
  const words = await ask(titleOf(kind, chosen), { label: texts[kind], ...settings });
  back(chosen);
  if (words === null || (kind === "note" && !words.trim())) return;
  change(chosen, { [kind]: words });
}

function titleOf(kind, chosen) {
  const what = chosen.length === 1 ? linkOf(chosen[0]).textContent : say(texts.selected, { count: chosen.length });
  return `${texts[kind]}: ${what}`;
}

function back(chosen) {
  const row = rows.querySelector(".current") ?? chosen[0];
  if (row?.isConnected) linkOf(row).focus({ preventScroll: true });
}

function names() {
  const seen = [...rows.querySelectorAll(".row-assignee:not(.none)")].map((one) => one.textContent.trim());
  const users = [...document.querySelectorAll("#assignees option:not([label])")].map((one) => one.value);
  return [...new Set([...users, ...seen])];
}

function give(changes) {
  const chosen = targets();
  if (chosen.length) change(chosen, changes);
}

async function reply() {
  const row = current();
  if (!row) return;
  if (!pane.isWide()) {
    location.assign(`${linkOf(row).href}#reply`);
    return;
  }
  await pane.show(row.dataset.id, { focus: false });
  pane.field("reply")?.focus();
}

function open() {
  const row = current();
  if (!row) return false;
  if (document.activeElement !== document.body && !row.contains(document.activeElement)) return false;
  if (document.activeElement !== linkOf(row) && row.contains(document.activeElement)) return false;
  linkOf(row).click();
}

function leave() {
  if (pane.shown()) pane.close();
  else if (selection.rows().length) selection.clear();
  else return false;
}

keys.listen({
  KeyJ: () => move(1),
  KeyK: () => move(-1),
  "Shift+KeyJ": () => extend(1),
  "Shift+KeyK": () => extend(-1),
  KeyX: () => {
    const row = current() ?? rows.firstElementChild;
    if (!row) return;
    selection.set(row, !selection.has(row));
    goTo(row);
  },
  Enter: open,
  Escape: leave,
  KeyA: () => void write("assignee", { most: 200, suggestions: names() }),
  KeyM: () => give({ assignee: "me" }),
  KeyS: () => void choose("status"),
  KeyC: () => void choose("category"),
  KeyP: () => void choose("priority"),
  KeyN: () => void write("note", { most: 4000, several: true }),
  KeyR: () => void reply(),
  KeyE: () => give({ status: "completed" }),
  KeyU: () => void later(requests.undo),
  ".": () => list.insert(),
  "/": () => document.querySelector("#q").focus(),
  "?": () => sheet.showModal(),
  ...Object.fromEntries(
    // The links are exchanged while the page is open: each is looked for when it is needed.
    [...document.querySelectorAll("[data-views] [data-key]")].map(({ dataset: { key } }) => [
      `KeyG Key${key.toUpperCase()}`,
      () => document.querySelector(`[data-views] [data-key="${key}"]`).click(),
    ]),
  ),
});

const switched = sheet.querySelector("input[type=checkbox]");
switched.checked = keys.areOn();
switched.addEventListener("change", () => keys.turn(switched.checked));
document.querySelector("[data-open-sheet]").hidden = false;
document.querySelector("[data-open-sheet]").addEventListener("click", () => sheet.showModal());
undoButton.addEventListener("click", () => later(requests.undo));
stopButton.addEventListener("click", () => requests.stop());
markUnseen(rows);

// ---- forms ----

// The quick change of status, without leaving the list.
rows.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const row = form.closest("[data-id]");
  if (form.matches(".row-change")) {
    form.closest("details").open = false;
    linkOf(row).focus({ preventScroll: true });
    await change([row], { status: new FormData(form).get("status") });
    return;
  }
  const fresh = await fetchPage(form.action, { method: "POST", body: new FormData(form) });
  if (!fresh) {
    form.submit(); // let the browser show what is wrong
    return;
  }
  linkOf(row).focus({ preventScroll: true });
  settle = true;
  apply(fresh);
});

// More than one call may change: only from here.
for (const many of document.querySelectorAll("[data-many]")) many.hidden = false;

// The changes to what is selected, some at a time.
bulk?.querySelector("form").addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  const data = new FormData(form);
  const changes = Object.fromEntries(
    ["status", "category", "priority", "assignee", "note"]
      .map((name) => [name, data.get(name)])
      .filter(([, value]) => value),
  );
  if (!Object.keys(changes).length) return;
  later(async () => {
    const found = data.get("all")
      ? await requests.matching(texts.query)
      : selection.rows().map((row) => known(row.dataset.id));
    if (found.length) await send(found, changes);
    else said("changed", { count: 0 });
    form.reset();
    selection.restore();
  });
});

import { announce, fetchPage, keepCurrent, swapParts } from "./live.js";

const rows = document.querySelector("[data-rows]");
const isFirstPage = rows.dataset.first === "yes";

// Rows keep their place and their focus: only what changed is replaced, new ones come at the top.
function mergeRows(fresh) {
  const known = new Map([...rows.children].map((row) => [row.dataset.id, row]));
  const arrived = [];
  const next = [...fresh.querySelectorAll("[data-rows] > li")].map((row) => {
    const old = known.get(row.dataset.id);
    if (old?.contains(document.activeElement) || old?.innerHTML === row.innerHTML) return old;
    const made = document.importNode(row, true);
    if (!old) {
      made.classList.add("arrived");
      arrived.push(made);
    }
    return made;
  });
  const focused = document.activeElement;
  rows.replaceChildren(...next);
  if (rows.contains(focused)) focused.focus({ preventScroll: true });
  return arrived.length;
}

function apply(fresh) {
  const arrived = mergeRows(fresh);
  swapParts(fresh);
  if (arrived && isFirstPage) {
    const place = document.querySelector("[data-announce]");
    announce(place.dataset.arrived.replace("{count}", arrived));
  }
}

keepCurrent({ isMine: (message) => message.type !== "stats", apply });

// The quick change of status, without leaving the list.
rows.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.focus();
  const fresh = await fetchPage(form.action, { method: "POST", body: new FormData(form) });
  if (!fresh) {
    form.submit(); // let the browser show what is wrong
    return;
  }
  button.blur();
  apply(fresh);
  const row = rows.querySelector(`[data-id="${form.closest("[data-id]").dataset.id}"]`);
  row?.querySelector("summary").focus({ preventScroll: true });
});

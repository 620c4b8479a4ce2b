// The rows of the list while somebody reads it: what changed changes in its place, what arrived
// waits until it is asked for, and what left stays, marked, until the reader does something.

export function keepRows(rows, { bar, exchanged }) {
  let held = null; // the newest list, whose new rows wait

  const byId = (list) => new Map([...list].map((row) => [row.dataset.id, row]));

  function exchange(old, fresh) {
    const made = document.importNode(fresh, true);
    if (old.classList.contains("current")) made.classList.add("current");
    if (old.classList.contains("unseen")) made.classList.add("unseen");
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(made);
    if (focused) {
      const again = focused.matches("input[name=chosen]") ? "input[name=chosen]" : ".row-reference";
      made.querySelector(again).focus({ preventScroll: true });
    }
  }

  // A menu that is open, or a field of it, stays under the fingers.
  const isHeld = (row) =>
    row.querySelector("details[open]") !== null || row.contains(document.activeElement?.closest("form"));

  function merge(fresh, { settle = false } = {}) {
    const next = byId(fresh.querySelectorAll("[data-rows] > li"));
    const shown = [...rows.children];
    const last = shown.findLastIndex((row) => next.has(row.dataset.id));
    const isFull = fresh.querySelector("a[rel=next]") !== null;
    shown.forEach((row, index) => {
      const made = next.get(row.dataset.id);
      if (made) {
        row.classList.remove("gone");
        // A list that was read before a change may come after its answer: rows never go back.
        if (Number(made.dataset.version) < Number(row.dataset.version)) return;
        row.dataset.version = made.dataset.version;
        if (row.innerHTML !== made.innerHTML && (settle || !isHeld(row))) exchange(row, made);
      } else if (settle) row.remove();
      else if (!(isFull && index > last)) row.classList.add("gone");
    });
    const known = byId(rows.children);
    const arrived = [...next.keys()].filter((id) => !known.has(id)).length;
    held = arrived ? fresh : null;
    if (arrived && !rows.children.length) insert({ focus: false });
    else tell(arrived);
    exchanged();
    return arrived;
  }

  function tell(arrived) {
    bar.hidden = !arrived;
    bar.textContent = bar.dataset.text.replace("{count}", arrived);
  }

  function insert({ focus = true } = {}) {
    if (!held) return;
    const known = byId(rows.children);
    let first = null;
    const next = [...held.querySelectorAll("[data-rows] > li")].map((row) => {
      const old = known.get(row.dataset.id);
      if (old) return old;
      const made = document.importNode(row, true);
      made.classList.add("arrived", "unseen");
      first ??= made;
      return made;
    });
    held = null;
    rows.replaceChildren(...next);
    tell(0);
    exchanged();
    if (focus && first) {
      first.querySelector(".row-reference").focus();
      first.scrollIntoView({ block: "nearest" });
    }
  }

  bar.addEventListener("click", () => insert());
  return { merge, insert };
}

// Which rows of the list are selected. The check boxes show it; rows come and go, it stays.

export function keepSelection(rows, changed) {
  const chosen = new Set();

  const boxOf = (row) => row.querySelector("input[name=chosen]");

  function set(row, on) {
    boxOf(row).checked = on;
    if (on) chosen.add(row.dataset.id);
    else chosen.delete(row.dataset.id);
    changed(chosen.size);
  }

  rows.addEventListener("change", (event) => {
    if (event.target.matches("input[name=chosen]")) {
      set(event.target.closest("[data-id]"), event.target.checked);
    }
  });

  return {
    set,
    has: (row) => chosen.has(row.dataset.id),
    rows: () => [...rows.children].filter((row) => chosen.has(row.dataset.id)),
    clear() {
      for (const row of rows.children) boxOf(row).checked = false;
      chosen.clear();
      changed(0);
    },
    // After rows were exchanged: what is there no more is selected no more.
    restore() {
      const there = new Set([...rows.children].map((row) => row.dataset.id));
      for (const id of chosen) if (!there.has(id)) chosen.delete(id);
      for (const row of rows.children) boxOf(row).checked = chosen.has(row.dataset.id);
      changed(chosen.size);
    },
  };
}

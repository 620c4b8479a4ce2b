// Marks what has come since this browser showed the list the last time.

const PLACE = "desk:looked";

export function markUnseen(rows) {
  const looked = Number(localStorage.getItem(PLACE));
  if (looked) {
    for (const row of rows.children) {
      const made = Date.parse(row.querySelector(".row-age time")?.dateTime ?? "");
      row.classList.toggle("unseen", made > looked);
    }
  }
  const keep = () => localStorage.setItem(PLACE, Date.now());
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => document.hidden && keep());
}

// A page with several forms: sending one keeps what was typed into the others.

export function keepOtherWords() {
  for (const area of document.querySelectorAll("textarea[name]")) {
    const place = `words:${location.pathname}:${area.name}`;
    const kept = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    if (kept && !area.value) area.value = kept;
    for (const form of document.forms) {
      if (form === area.form) continue;
      form.addEventListener("submit", () => area.value && sessionStorage.setItem(place, area.value));
    }
  }
}

// A request beside its list, where there is room for both. Its own page stays the only renderer:
// its main part is fetched, and its forms are sent from here.

import { swapParts } from "./live.js";

const PREFIX = "pane-"; // the list has fields of the same names

export function besideList({ place, filled, closed, saved }) {
  const wide = matchMedia("(min-width: 1100px)");
  const content = place.querySelector("[data-pane-content]");
  let shown = ""; // the request's id
  let wanted = 0; // the newest call: an answer that comes too late is dropped

  const pathOf = (id) => `/desk/requests/${id}`;

  async function load(address, options = {}) {
    wanted += 1;
    const mine = wanted;
    const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-request]");
    if (!part) throw new Error(answer.statusText); // the login has ended, or there is no such request
    return mine === wanted ? own(part) : null;
  }

  // Ids of its own, and no heading of the first rank: the list has one.
  function own(part) {
    const made = document.importNode(part, true);
    for (const name of ["id", "for", "form", "list", "aria-describedby", "aria-labelledby"]) {
      for (const element of made.querySelectorAll(`[${name}]`)) {
        const ids = element.getAttribute(name).split(/\s+/).map((id) => PREFIX + id);
        element.setAttribute(name, ids.join(" "));
      }
    }
    for (const link of made.querySelectorAll('a[href^="#"]')) {
      link.setAttribute("href", `#${PREFIX}${link.getAttribute("href").slice(1)}`);
    }
    const title = made.querySelector("h1");
    if (title) {
      const heading = document.createElement("h2");
      heading.append(...title.childNodes);
      heading.className = title.className;
      heading.tabIndex = -1;
      title.replaceWith(heading);
    }
    return made;
  }

  function fill(part) {
    content.replaceChildren(part);
    place.hidden = false;
    document.body.classList.add("two-panes");
    filled(Number(part.dataset.request));
  }

  // What somebody has begun to write is kept under the request's own address, as its page does.
  const kept = (area) => `words:${pathOf(shown)}:${area.name}`;

  function keepWords() {
    for (const area of content.querySelectorAll("textarea[name]")) {
      if (area.value) sessionStorage.setItem(kept(area), area.value);
    }
  }

  function restoreWords() {
    for (const area of content.querySelectorAll("textarea[name]")) {
      area.value ||= sessionStorage.getItem(kept(area)) ?? "";
      sessionStorage.removeItem(kept(area));
    }
  }

  async function show(id, { focus = true, push = true } = {}) {
    if (!wide.matches) {
      location.assign(pathOf(id));
      return;
    }
    if (shown && shown !== id) keepWords();
    let part;
    try {
      part = await load(pathOf(id));
    } catch {
      location.assign(pathOf(id));
      return;
    }
    if (!part) return;
    if (push && shown !== id) remember(id, Boolean(shown));
    shown = id;
    fill(part);
    content.scrollTop = place.scrollTop = 0;
    restoreWords();
    if (focus) content.querySelector("h2")?.focus();
  }

  function remember(id, replace) {
    const address = new URL(location.href);
    if (id) address.searchParams.set("open", id);
    else address.searchParams.delete("open");
    for (const said of ["notice", "done", "refused", "undo"]) address.searchParams.delete(said);
    // Stepping through the list is one step in the history.
    history[replace ? "replaceState" : "pushState"](null, "", address);
  }

  function close({ push = true } = {}) {
    if (!shown) return;
    keepWords();
    const id = shown;
    shown = "";
    wanted += 1;
    if (push) remember("", false);
    place.hidden = true;
    content.replaceChildren();
    document.body.classList.remove("two-panes");
    closed(id);
  }

  async function refresh() {
    if (!shown) return;
    const part = await load(pathOf(shown)).catch(() => null);
    if (part) swapParts(part, content);
  }

  // After a change that was made outside: the forms have another version now.
  async function reload() {
    if (!shown) return;
    const inside = content.contains(document.activeElement);
    keepWords();
    const part = await load(pathOf(shown)).catch(() => null);
    if (!part) return;
    fill(part);
    restoreWords();
    if (inside) content.querySelector("h2")?.focus();
  }

  content.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    const written = new Set([...form.elements].map((field) => field.name));
    const others = [...content.querySelectorAll("textarea[name]")]
      .filter((area) => !written.has(area.name) && area.value)
      .map((area) => [area.name, area.value]);
    try {
      const address = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
      const part = await load(address, { method: "POST", body: new FormData(form, event.submitter) });
      if (!part) return;
      fill(part);
      for (const [name, value] of others) {
        const area = content.querySelector(`textarea[name="${name}"]`);
        if (area && !area.value) area.value = value;
      }
      (content.querySelector("[data-focus]") ?? content.querySelector("h2"))?.focus();
      saved(part);
    } catch {
      form.submit(); // let the browser show what is wrong
    }
  });

  content.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const found = link && /^\/desk\/requests\/(\d+)$/.exec(new URL(link.href).pathname);
    if (!found || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    show(found[1]);
  });
  place.querySelector("[data-pane-close]").addEventListener("click", () => close());

  function follow() {
    const id = new URL(location.href).searchParams.get("open");
    if (id && /^\d+$/.test(id)) show(id, { push: false, focus: false });
    else close({ push: false });
  }
  window.addEventListener("popstate", follow);
  follow();

  return {
    show,
    close,
    refresh,
    reload,
    shown: () => shown,
    isWide: () => wide.matches,
    field: (name) => content.querySelector(`[name="${name}"]`),
  };
}

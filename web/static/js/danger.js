// While a report is typed: what to do and whom to call, as soon as the words tell of danger. The
// rules are the service's own, which is asked; nothing of the words is stored for it.

const PAUSE = 500; // ms after the last letter
const APART = 1500; // ms between two questions

export function watchDanger(form) {
  const place = document.querySelector("[data-danger]");
  const fields = [form.elements.description, form.elements.location];
  let asked = "";
  let timer;
  let notBefore = 0;
  let call = new AbortController();

  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(PAUSE, notBefore - Date.now()));
  };
  fields.forEach((field) => field.addEventListener("input", look));
  form.addEventListener("reset", () => show({}));
  look();

  async function ask() {
    const [description, location] = fields.map((field) => field.value);
    const body = JSON.stringify({ description, location });
    if (body === asked) return;
    asked = body;
    if (!description.trim()) return show({});
    call.abort();
    call = new AbortController();
    notBefore = Date.now() + APART;
    try {
      const answer = await fetch(`/danger?lang=${document.documentElement.lang}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        credentials: "omit",
        body,
        signal: call.signal,
      });
      if (answer.ok) return show(await answer.json());
      notBefore = Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 10);
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    asked = ""; // to be asked again with the next letter; the line above the form always stands
  }

  function show({ danger, title, advice, call: words }) {
    if (danger === (place.dataset.danger || undefined)) return;
    place.dataset.danger = danger ?? "";
    place.parentElement.classList.toggle("is-danger", Boolean(danger));
    place.replaceChildren();
    if (!danger) return;
    const panel = place.parentElement.querySelector("template").content.cloneNode(true);
    panel.querySelector("strong").textContent = title;
    panel.querySelector("p").textContent = advice;
    const link = panel.querySelector("a");
    link.href = place.parentElement.querySelector("a").href;
    link.textContent = words;
    place.append(panel);
  }
}

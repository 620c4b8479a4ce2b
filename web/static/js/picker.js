// A dialog that asks for one of a few words, or for a line of text. It gives the answer, or null.

let dialog;
let settle = null; // takes the answer to what is asked now

function open(title) {
  dialog ??= prepare();
  dialog.querySelector("h2").textContent = title;
  for (const part of dialog.querySelectorAll("[data-choices], [data-writing]")) part.hidden = true;
  return new Promise((resolve) => {
    settle = resolve;
    dialog.showModal();
  });
}

function prepare() {
  const found = document.querySelector("[data-picker]");
  // The event comes later: a quick hand has been asked the next question by then.
  found.addEventListener("close", () => found.open || answer(null));
  return found;
}

function answer(given) {
  settle?.(given);
  settle = null;
}

function close(given) {
  dialog.close();
  answer(given);
}

// Where each choice has its key: the digits, then letters.
const CODES = [..."1234567890"].map((one) => [one, `Digit${one}`]).concat(
  [..."abcdefghij"].map((one) => [one, `Key${one.toUpperCase()}`]),
);

// `choices` are [value, name].
export function pick(title, choices) {
  const answered = open(title);
  const list = dialog.querySelector("[data-choices]");
  list.hidden = false;
  list.replaceChildren(
    ...choices.map(([value, name], index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.code = CODES[index]?.[1] ?? "";
      const key = document.createElement("kbd");
      key.textContent = CODES[index]?.[0] ?? "";
      button.append(key, ` ${name}`);
      button.addEventListener("click", () => close(value));
      item.append(button);
      return item;
    }),
  );
  list.onkeydown = (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const buttons = [...list.querySelectorAll("button")];
    const chosen = buttons.find((button) => button.dataset.code === event.code);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.code];
    if (chosen) chosen.click();
    else if (step) {
      const at = buttons.indexOf(document.activeElement);
      buttons[(at + step + buttons.length) % buttons.length].focus();
    } else return;
    event.preventDefault();
  };
  list.querySelector("button")?.focus();
  return answered;
}

// `most` characters; `suggestions` are names that may be meant; `filled` is what stands there.
export function ask(title, { label, most, suggestions = [], filled = "", several = false }) {
  const answered = open(title);
  const form = dialog.querySelector("[data-writing]");
  form.hidden = false;
  form.querySelector("label").textContent = label;
  const field = document.createElement(several ? "textarea" : "input");
  Object.assign(field, { id: "picker-words", maxLength: most, value: filled, autocomplete: "off" });
  if (several) field.rows = 4;
  else field.type = "text";
  const names = form.querySelector("datalist");
  names.replaceChildren(...suggestions.map((name) => new Option(name)));
  if (suggestions.length) field.setAttribute("list", names.id);
  form.querySelector("[data-field]").replaceChildren(field);
  form.onsubmit = (event) => {
    event.preventDefault();
    close(field.value);
  };
  field.addEventListener("keydown", (event) => {
    const sends = event.code === "Enter" && (event.ctrlKey || event.metaKey);
    if (sends && !event.isComposing) form.requestSubmit();
  });
  field.focus();
  return answered;
}

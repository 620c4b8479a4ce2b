// Keys of a page: one letter each, by their place on the keyboard, so that they work in the Korean
// layout too (ㅓ is j). Never while somebody writes, and never while an input method is composing.

const OFF = "keys:off"; // single letters can be turned off (WCAG 2.2, 2.1.4)

export function areOn() {
  return localStorage.getItem(OFF) === null;
}

export function turn(on) {
  if (on) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

// `actions` is name of a key ("KeyJ", "Shift+KeyJ", "KeyG KeyA" for one after the other) or a sign,
// which has other places elsewhere ("?"), to what it does. An action that returns false leaves the key to the browser.
export function listen(actions) {
  const first = new Set(
    Object.keys(actions).filter((name) => name.includes(" ")).map((name) => name.split(" ")[0]),
  );
  let before = "";
  let since = 0;

  document.addEventListener("keydown", (event) => {
    if (!isOurs(event)) return;
    const name = (event.shiftKey ? "Shift+" : "") + event.code;
    const after = before && event.timeStamp - since < 1500 ? `${before} ${name}` : "";
    before = "";
    const action = actions[after] ?? actions[event.key] ?? actions[name];
    if (action) {
      if (action(event) !== false) event.preventDefault();
    } else if (first.has(name)) {
      before = name;
      since = event.timeStamp;
      event.preventDefault();
    }
  });
}

function isOurs(event) {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return false;
  // Who holds a key down moves on; everything else happens once.
  if (event.repeat && !["KeyJ", "KeyK"].includes(event.code)) return false;
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  if (document.querySelector("dialog[open]")) return false;
  return areOn() && !isWriting(event.target);
}

function isWriting(element) {
  if (!(element instanceof Element)) return false;
  if (element.closest("textarea, select, [contenteditable=true]")) return true;
  return element.matches("input") && !["checkbox", "radio", "button", "submit"].includes(element.type);
}

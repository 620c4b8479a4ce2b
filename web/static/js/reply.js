// The reply's form: its preview over the page (without scripts a page of its own), prepared replies.

export function previewReply() {
  const button = document.querySelector("[data-preview-button]");
  const dialog = document.querySelector("[data-preview-dialog]");
  if (!button || !dialog?.showModal) return;

  button.addEventListener("click", async (event) => {
    const form = button.form;
    if (button.dataset.plain || !form.reportValidity()) return;
    event.preventDefault();
    const fresh = await fetchPart(button.formAction, new FormData(form), "[data-preview]");
    if (!fresh) {
      // Whatever is wrong, the page itself says it.
      button.dataset.plain = "yes";
      form.requestSubmit(button);
      return;
    }
    dialog.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
    const [send, close] = dialog.querySelectorAll("form button");
    send.addEventListener("click", (click) => {
      click.preventDefault();
      dialog.close();
      form.requestSubmit(form.querySelector("button[data-send]"));
    });
    close.addEventListener("click", (click) => {
      click.preventDefault();
      dialog.close();
    });
    dialog.showModal();
  });
  dialog.addEventListener("close", () => button.form.querySelector("textarea").focus());
}

// Puts a prepared reply behind what was typed; without it the page comes back with it.
export function insertReply() {
  const button = document.querySelector("[data-insert]");
  if (!button) return;
  button.addEventListener("click", async (event) => {
    if (button.dataset.plain) return;
    event.preventDefault();
    const form = button.form;
    const fresh = await fetchPart(button.formAction, new FormData(form), "textarea[name=reply]");
    if (!fresh) {
      button.dataset.plain = "yes";
      form.requestSubmit(button);
      return;
    }
    form.elements.canned.value = "";
    form.elements.reply.value = fresh.value;
    form.elements.reply.focus();
  });
}

async function fetchPart(address, body, part) {
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector(part);
  } catch {
    return null;
  }
}

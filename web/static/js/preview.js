// Shows the preview of a reply over the page; without it the same preview is a page of its own.

export function previewReply() {
  const button = document.querySelector("[data-preview-button]");
  const dialog = document.querySelector("[data-preview-dialog]");
  if (!button || !dialog?.showModal) return;

  button.addEventListener("click", async (event) => {
    const form = button.form;
    if (button.dataset.plain || !form.reportValidity()) return;
    event.preventDefault();
    const fresh = await fetchPreview(button.formAction, new FormData(form));
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
      form.requestSubmit(form.querySelector("button[type=submit]"));
    });
    close.addEventListener("click", (click) => {
      click.preventDefault();
      dialog.close();
    });
    dialog.showModal();
  });
  dialog.addEventListener("close", () => button.form.querySelector("textarea").focus());
}

async function fetchPreview(address, body) {
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-preview]");
  } catch {
    return null;
  }
}

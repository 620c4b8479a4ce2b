// Previews of chosen photos, before they are sent. Choosing again adds; each can be removed.

export function previewPhotos() {
  document.querySelectorAll("[data-photos]").forEach(setUp);
}

function setUp(field) {
  const input = field.querySelector("input[type=file]");
  const list = field.querySelector(".previews");
  const message = field.querySelector("[data-photo-message]");
  let chosen = [];
  field.classList.add("enhanced");

  input.addEventListener("change", () => {
    const fitting = [...input.files].filter((file) => file.size <= Number(field.dataset.bytes));
    const all = [...chosen, ...fitting.filter((file) => !chosen.some((old) => isSame(old, file)))];
    const kept = all.slice(0, Number(field.dataset.most));
    if (fitting.length < input.files.length) tell(field.dataset.tooLarge);
    else if (kept.length < all.length) tell(field.dataset.tooMany);
    else tell("");
    show(kept);
  });

  function show(files) {
    chosen = files;
    const carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...files.map(preview));
    list.hidden = files.length === 0;
  }

  function preview(file) {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", `${field.dataset.remove}: ${file.name}`);
    button.addEventListener("click", () => {
      show(chosen.filter((other) => other !== file));
      (list.querySelector("button") ?? input).focus();
    });
    item.append(image, button);
    return item;
  }

  function tell(text) {
    message.textContent = text;
    message.hidden = !text;
  }
}

function isSame(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}

// Previews of chosen photos, before they are sent. Choosing again adds, the camera does too; each can
// be removed. The event "photos" tells that there are others now.

export function previewPhotos() {
  document.querySelectorAll("[data-photos]").forEach(setUp);
}

function setUp(field) {
  const input = field.querySelector("input[name]");
  const camera = field.querySelector("input[capture]");
  const list = field.querySelector(".previews");
  const message = field.querySelector("[data-photo-message]");
  let chosen = [];
  field.classList.add("enhanced");

  input.addEventListener("change", () => add([...input.files]));
  camera.addEventListener("change", () => {
    add([...camera.files]);
    camera.value = "";
  });
  input.form?.addEventListener("reset", () => show([]));
  // The back button brings back what was chosen.
  if (input.files.length) add([...input.files]);

  function add(files) {
    const fitting = files.filter((file) => file.size <= Number(field.dataset.bytes));
    const all = [...chosen, ...fitting.filter((file) => !chosen.some((old) => isSame(old, file)))];
    const kept = all.slice(0, Number(field.dataset.most));
    if (fitting.length < files.length) tell(field.dataset.tooLarge);
    else if (kept.length < all.length) tell(field.dataset.tooMany);
    else tell("");
    show(kept);
  }

  function show(files) {
    chosen = files;
    const carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    input.files = carrier.files;
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...files.map(preview));
    list.hidden = files.length === 0;
    field.dispatchEvent(new Event("photos", { bubbles: true }));
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

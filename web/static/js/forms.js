// Forms that are sent once, and that say so; where something was wrong, the eye is led there.

export function sendOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector("button[type=submit]");
      if (button.getAttribute("aria-disabled") === "true") {
        event.preventDefault();
        return;
      }
      button.dataset.label = button.textContent;
      button.setAttribute("aria-disabled", "true");
      button.textContent = form.dataset.once;
    });
  }
  // The back button brings the page back as it was left: make the button work again.
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[aria-disabled=true]")) {
      button.removeAttribute("aria-disabled");
      button.textContent = button.dataset.label;
    }
  });
}

export function focusProblem() {
  document.querySelector("[data-focus]")?.focus();
}

export function countDown() {
  for (const area of document.querySelectorAll("textarea[data-left]")) {
    const place = document.createElement("p");
    place.className = "left";
    area.after(place);
    const most = area.maxLength;
    const show = () => {
      const left = most - area.value.length;
      place.textContent = left < most / 10 ? area.dataset.left.replace("{count}", left) : "";
    };
    area.addEventListener("input", show);
    show();
  }
}

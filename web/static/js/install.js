// "Add it to the home screen", by a button where the browser offers one.

const place = document.querySelector("[data-install]");

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const button = place.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => event.prompt(), { once: true });
});

if (matchMedia("(display-mode: standalone), (display-mode: minimal-ui)").matches) place.hidden = true;

import { watchDanger } from "./danger.js";
import { keepDraft } from "./draft.js";
import { countDown, focusProblem, sendOnce } from "./forms.js";
import { previewPhotos } from "./photos.js";

sendOnce();
focusProblem();
countDown();
previewPhotos();
watchDanger(document.querySelector("form[method=post]"));
keepDraft();

if (document.querySelector("[data-offline]")) {
  // A module: what it shares with the page stands once. A browser without such goes without it.
  navigator.serviceWorker?.register("/service-worker.js", { type: "module" }).catch(() => undefined);
}

import { countDown, focusProblem, sendOnce } from "./forms.js";
import { announce, keepCurrent, swapParts } from "./live.js";
import { previewPhotos } from "./photos.js";

sendOnce();
focusProblem();
countDown();
previewPhotos();
keepCurrent({
  token: document.querySelector("[data-token]").dataset.token,
  apply: (fresh) => {
    if (swapParts(fresh)) announce(document.querySelector("[data-announce]").dataset.updated);
  },
});

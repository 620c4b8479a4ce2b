import { focusProblem, sendOnce } from "./forms.js";
import { insertReply, previewReply } from "./reply.js";
import { keepOtherWords } from "./words.js";
import { announce, keepCurrent, swapParts } from "./live.js";

// The form is left alone: what somebody is typing is not ours to change, and saving an old
// version is caught by the version that the form carries.
const id = Number(document.querySelector("[data-request]").dataset.request);

sendOnce();
focusProblem();
keepOtherWords();
previewReply();
insertReply();
keepCurrent({
  isMine: (message) => message.type === "request_updated" && message.data.id === id,
  apply: (fresh) => {
    if (swapParts(fresh)) announce(document.querySelector("[data-announce]").dataset.updated);
  },
});

const printing = document.querySelector("[data-print]");
printing.hidden = false;
printing.querySelector("button").addEventListener("click", () => window.print());

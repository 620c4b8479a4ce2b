import { focusProblem, sendOnce } from "./forms.js";
import { insertReply, previewReply } from "./reply.js";
import { keepOtherWords } from "./words.js";
import { announce, keepCurrent, swapParts } from "./live.js";
import { keepPresence } from "./presence.js";

// The form is left alone: what somebody is typing is not ours to change, and saving an old
// version is caught by the version that the form carries.
const id = Number(document.querySelector("[data-request]").dataset.request);

sendOnce();
focusProblem();
keepOtherWords();
previewReply();
insertReply();
keepCurrent({
  presence: keepPresence({ shown: id }),
  isMine: (message) => message.type === "request_updated" && message.data.id === id,
  apply: (fresh) => {
    if (swapParts(fresh)) announce(document.querySelector("[data-announce]").dataset.updated);
  },
});

const printing = document.querySelector("[data-print]");
printing.hidden = false;
printing.querySelector("button").addEventListener("click", () => window.print());

// For so long it can be undone. Who reads the page again has read what it said.
const undo = document.querySelector("[data-undo]");
setTimeout(() => undo?.remove(), 30_000);
const address = new URL(location.href);
for (const said of ["notice", "undo"]) address.searchParams.delete(said);
history.replaceState(null, "", address);

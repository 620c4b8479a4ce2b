import { keepCurrent } from "./live.js";

keepCurrent({ isMine: (message) => message.type === "stats" });

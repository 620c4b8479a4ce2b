import { countDown, focusProblem, sendOnce } from "./forms.js";
import { previewPhotos } from "./photos.js";

sendOnce();
focusProblem();
countDown();
previewPhotos();

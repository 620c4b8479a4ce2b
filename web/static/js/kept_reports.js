// Reports that this browser keeps until they are received: "draft" is being written, "waiting" is to
// be sent, "sent" says what became of it. Where nothing may be stored, as in some private windows,
// they last as long as the page.

const STORE = "reports";
const inMemory = new Map();
const news = "BroadcastChannel" in globalThis ? new BroadcastChannel("haja-reports") : null;
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("haja", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }).catch(() => null);
  return opening;
}

async function run(mode, work) {
  const database = await open();
  if (!database) throw new Error("nothing can be stored here");
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

// True where it is stored, false where only this page knows it.
export async function keep(report) {
  inMemory.set(report.key, report);
  try {
    await run("readwrite", (store) => store.put(report));
    inMemory.delete(report.key);
    return true;
  } catch {
    return false;
  } finally {
    news?.postMessage(report.key);
  }
}

export async function find(key) {
  return inMemory.get(key) ?? run("readonly", (store) => store.get(key)).catch(() => undefined);
}

export async function forget(key) {
  inMemory.delete(key);
  await run("readwrite", (store) => store.delete(key)).catch(() => undefined);
  news?.postMessage(key);
}

export async function list() {
  const stored = await run("readonly", (store) => store.getAll()).catch(() => []);
  const all = new Map([...stored.map((report) => [report.key, report]), ...inMemory]);
  return [...all.values()].sort((one, other) => other.changedAt - one.changedAt);
}

// Calls `see` when another page, or the service worker, has changed one.
export function watch(see) {
  news?.addEventListener("message", see);
}

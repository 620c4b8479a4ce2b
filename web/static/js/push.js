// "Notify me on this device": a button where the browser can be told. It asks for the permission only
// when it is pressed. Whether this browser is told already, the page says by the hash of its endpoint.

const place = document.querySelector("[data-push]");
const canBeTold = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

if (place && canBeTold) start();

async function start() {
  const button = place.querySelector("button");
  const said = place.querySelector("[data-said]");
  const known = new Set(place.dataset.known.split(" ").filter(Boolean));

  const isTold = async (subscription) =>
    Boolean(subscription) && Notification.permission === "granted" && known.has(await idOf(subscription));

  function show(told) {
    button.textContent = told ? place.dataset.off : place.dataset.on;
  }

  async function turnOn() {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return permission === "denied" ? place.dataset.denied : "";
    const subscription = await subscribed(place.dataset.key);
    const { id } = await call("POST", "", {
      ...subscription.toJSON(),
      language: document.documentElement.lang,
    });
    known.add(id);
    show(true);
    return place.dataset.told;
  }

  // The browser's subscription stays: other requests of this browser may use it.
  async function turnOff(subscription) {
    const id = await idOf(subscription);
    await call("DELETE", `/${id}`);
    known.delete(id);
    show(false);
    return "";
  }

  let isBusy = false; // not disabled: that would take the focus away
  button.addEventListener("click", async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const subscription = await current();
      said.textContent = (await isTold(subscription)) ? await turnOff(subscription) : await turnOn();
    } catch {
      said.textContent = Notification.permission === "denied" ? place.dataset.denied : place.dataset.failed;
    }
    isBusy = false;
  });

  show(await isTold(await current()));
  place.hidden = false;
}

async function current() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

async function subscribed(key) {
  await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
  const { pushManager } = await navigator.serviceWorker.ready;
  const wanted = { userVisibleOnly: true, applicationServerKey: key };
  const old = await pushManager.getSubscription();
  if (old && base64url(old.options.applicationServerKey) !== key) await old.unsubscribe();
  return pushManager.subscribe(wanted);
}

const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

async function idOf({ endpoint }) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function call(method, path, body) {
  const address = new URL(place.dataset.push, location.origin);
  address.pathname += path;
  const answer = await fetch(address, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": place.dataset.csrf },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.status === 204 ? {} : answer.json();
}

// Keeps the form's page, which then opens without a line too, and sends what waits once the line is
// back, also where no page is open. No other page and no other call passes through here.

import { deliverAll } from "./sending.js";

const PAGE = "/";
const PATIENCE = 6_000; // ms, on a line that hardly carries anything
const FILES = /(?:href|src)="([^"]*\/static\/[^"]+)"/g;

const cache = () => caches.open("form");

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fetch(PAGE).then(keepPage));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET") return;
  if (mode === "navigate") {
    if (origin === location.origin && pathname === PAGE) event.respondWith(page(event));
  } else if (pathname.includes("/static/")) {
    event.respondWith(file(event.request));
  }
});

self.addEventListener("sync", (event) => event.waitUntil(sendAll()));

async function sendAll() {
  const left = await deliverAll({ now: true });
  if (left.length) throw new Error("the line is not back yet"); // the browser will try again
}

// The newest page, else the one that is kept: without a line, and while the service is away.
async function page(event) {
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then((answer) => keepPage(answer.clone())).catch(() => undefined));
  const kept = await (await cache()).match(PAGE);
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  const answer = await Promise.race([fresh.catch(() => kept), late]);
  return answer.status >= 500 ? kept : answer;
}

async function file(request) {
  return (await (await cache()).match(request)) ?? fetch(request);
}

// With all files that it names, and without those that it names no more.
async function keepPage(answer) {
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  if (!text.includes("data-offline")) return;
  const names = [...text.matchAll(FILES)].map(([, name]) => new URL(name, location.origin).href);
  const store = await cache();
  const known = (await store.keys()).map((request) => request.url);
  await store.addAll([...new Set(names)].filter((name) => !known.includes(name)));
  await store.put(PAGE, answer);
  const wanted = new Set([...names, new URL(PAGE, location.origin).href]);
  await Promise.all(known.filter((name) => !wanted.has(name)).map((name) => store.delete(name)));
}

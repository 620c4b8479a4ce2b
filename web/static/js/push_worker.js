// Shows messages, also where no page is open, and opens what they are about.

self.addEventListener("push", (event) => {
  const { title, body, lang, url, tag } = event.data.json();
  event.waitUntil(
    self.registration.showNotification(title, {
      body,
      lang,
      tag, // the newest of a request stands for all
      renotify: true,
      icon: new URL("../icons/192.png", import.meta.url).href,
      data: { url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data.url, location.origin);
  if (wanted.origin === location.origin) event.waitUntil(open(wanted));
});

async function open(wanted) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === wanted.pathname);
  return page ? page.focus() : self.clients.openWindow(wanted.href);
}

// Sends changes of requests, a few at a time, and can take the last ones back.

const AT_ONCE = 25; // requests in one call: each shows that something happens
const AT_MOST = 500; // of one call
const OF_MANY = 100; // in one call, of more than that
const UNDO_MS = 30_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const stay = (event) => event.preventDefault();

export function changer({ token, said, done }) {
  let last = null; // what can be undone: its token, and until when
  let stopped = false;

  // Many calls may be more than a minute allows: those wait.
  async function ask(address, options) {
    for (;;) {
      const answer = await fetch(address, options);
      if (answer.status !== 429 || stopped) return answer;
      await pause(1000 * Number(answer.headers.get("Retry-After") || 1));
    }
  }

  async function call(method, address, body) {
    const answer = await ask(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": token() },
      body: JSON.stringify(body),
    });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.errors?.[0]?.message ?? found.detail ?? answer.statusText);
    return found;
  }

  // Whoever leaves the page meanwhile is asked whether they mean it.
  async function atLength(work) {
    stopped = false;
    addEventListener("beforeunload", stay);
    try {
      return await work();
    } finally {
      removeEventListener("beforeunload", stay);
    }
  }

  // `rows` are {id, version}; a version guards against an edit that is lost.
  const change = (rows, changes) => atLength(() => changeEach(rows, changes));

  async function changeEach(rows, changes) {
    const results = [];
    let undo = null;
    let failure = "";
    const size = rows.length > AT_MOST ? OF_MANY : AT_ONCE;
    try {
      for (let at = 0; at < rows.length && !stopped; at += size) {
        const part = rows.slice(at, at + size);
        const versions = Object.fromEntries(
          part.filter((row) => row.version).map((row) => [row.id, row.version]),
        );
        const body = { ids: part.map((row) => row.id), versions, ...changes, ...(undo && { undo }) };
        const answer = await call("PATCH", "/api/requests", body);
        undo = answer.undo;
        results.push(...answer.results);
        last = { undo, until: performance.now() + answer.undo_seconds * 1000 };
        if (rows.length > size) said("progress", { done: results.length, count: rows.length });
      }
    } catch (error) {
      failure = error.message;
      if (!results.length) said("failed", { reason: failure });
    }
    await tell("changed", results, { left: rows.length - results.length, failure });
    return results;
  }

  async function undo() {
    if (!last || performance.now() > last.until) return said("undo_expired", {});
    const { undo: token } = last;
    last = null;
    const results = [];
    let answer = { left: 1, expired: 0 };
    let failure = "";
    await atLength(async () => {
      try {
        while (answer.left && !stopped) {
          answer = await call("POST", "/api/requests/undo", { undo: token });
          results.push(...answer.results);
          const count = results.length + answer.left;
          if (answer.left) said("progress", { done: results.length, count });
        }
      } catch (error) {
        failure = error.message;
        if (!results.length) said("failed", { reason: failure });
      }
    });
    // Of many the first may have been changed too long ago.
    await tell("undone", results, { left: answer.left, over: answer.expired, failure });
  }

  const fitting = (results) => results.filter((one) => one.status === 200).length;

  async function tell(what, results, further) {
    if (!results.length) return;
    const count = fitting(results);
    said(what, { count, refused: results.length - count, ...further });
    await done();
  }

  // All requests that the list's filters fit, by their ids; none if it was stopped. In an order that
  // nobody changes meanwhile.
  const matching = (query) => atLength(() => collect(query));

  async function collect(query) {
    const found = new Set();
    const asked = new URLSearchParams(query);
    asked.set("sort", "-created_at");
    asked.set("limit", AT_MOST);
    let address = `/api/requests?${asked}`;
    while (address) {
      const answer = await ask(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.statusText);
      for (const one of await answer.json()) found.add(one.id);
      address = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
      if (address) said("collected", { count: found.size });
      if (stopped) return [];
    }
    return [...found].map((id) => ({ id }));
  }

  const stop = () => (stopped = true);

  // What a form of the page has changed can be taken back as well.
  function adopt(token) {
    last = { undo: token, until: performance.now() + UNDO_MS };
    said("changed", { count: 1, refused: 0 });
  }

  return { change, undo, adopt, matching, stop };
}

// Sends changes of requests, a few at a time, and can take the last ones back.

const AT_ONCE = 25; // requests in one call: each shows that something happens
const AT_MOST = 500;
const UNDO_MS = 30_000;

export function changer({ token, said, done }) {
  let last = null; // what can be undone: its token, and until when

  async function call(method, address, body) {
    const answer = await fetch(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": token() },
      body: JSON.stringify(body),
    });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.errors?.[0]?.message ?? found.detail ?? answer.statusText);
    return found;
  }

  // `rows` are {id, version}; a version guards against an edit that is lost.
  async function change(rows, changes) {
    const results = [];
    let undo = null;
    const started = performance.now();
    try {
      for (let at = 0; at < rows.length; at += AT_ONCE) {
        const part = rows.slice(at, at + AT_ONCE);
        const versions = Object.fromEntries(
          part.filter((row) => row.version).map((row) => [row.id, row.version]),
        );
        const body = { ids: part.map((row) => row.id), versions, ...changes, ...(undo && { undo }) };
        const answer = await call("PATCH", "/api/requests", body);
        undo = answer.undo;
        results.push(...answer.results);
        // What was changed first can be undone the shortest.
        last = { undo, until: started + answer.undo_seconds * 1000 };
        if (rows.length > AT_ONCE) said("progress", { done: results.length, count: rows.length });
      }
    } catch (error) {
      said("failed", { reason: error.message });
    }
    await tell("changed", results);
    return results;
  }

  async function undo() {
    if (!last || performance.now() > last.until) return said("undo_expired", {});
    const { undo: token } = last;
    last = null;
    try {
      await tell("undone", (await call("POST", "/api/requests/undo", { undo: token })).results);
    } catch (error) {
      said("failed", { reason: error.message });
    }
  }

  async function tell(what, results) {
    if (!results.length) return;
    const fits = results.filter((one) => one.status === 200).length;
    const refused = results.find((one) => one.status !== 200);
    said(what, { count: fits, refused: results.length - fits, reason: refused?.detail ?? "" });
    await done();
  }

  // All requests that the list's filters fit, by their ids.
  async function matching(query) {
    const answer = await fetch(`/api/requests?${query}&limit=${AT_MOST}`, {
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json()).map((one) => ({ id: one.id }));
  }

  // What a form of the page has changed can be taken back as well.
  function adopt(token) {
    last = { undo: token, until: performance.now() + UNDO_MS };
    said("changed", { count: 1, refused: 0 });
  }

  return { change, undo, adopt, matching };
}

/*
 * Owns the talk with a room's API: one way to ask, one way to poll.
 * Must not know what the answers mean. Works on plain http, where a browser has no randomUUID.
 */

const PATIENCE_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 8_000;

export const url = (code, path = "") => `/api/rooms/${code}${path}`;

/* { status, body, tag, wait_ms }. Status 0: nobody answered. */
export async function ask(address, { method = "GET", token, body, tag } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (tag) headers["If-None-Match"] = tag;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: giveUp.signal,
      cache: "no-store",
    });
    const text = answer.status === 304 ? "" : await answer.text();
    return {
      status: answer.status,
      body: text ? JSON.parse(text) : null,
      tag: answer.headers.get("ETag"),
      wait_ms: Number(answer.headers.get("Retry-After")) * 1000 || 0,
    };
  } catch {
    return { status: 0, body: null, tag: null, wait_ms: 0 }; // no network, or no Inkling at its end
  } finally {
    clearTimeout(timer);
  }
}

/* Whether asking again later can help. */
export const isPassing = (status) => status === 0 || status === 429 || status >= 500;

/*
 * Asks again and again: `question()` gives the address and its options, `heard(answer)` has what
 * is new and may return true to be asked again at once. A page that nobody sees asks rarely.
 */
export function poll({ every_ms, question, heard, onTrouble }) {
  let tag = null;
  let failures = 0;
  let timer = null;
  let turn = 0;

  async function next() {
    const mine = (turn += 1);
    clearTimeout(timer);
    const [address, options] = question();
    const answer = await ask(address, { ...options, tag });
    if (mine !== turn) return; // asked anew meanwhile
    let isMore = false;
    if (isPassing(answer.status)) {
      failures += 1;
      onTrouble?.(answer);
    } else {
      failures = 0;
      if (answer.status !== 304) {
        tag = answer.tag;
        isMore = heard(answer) === true;
      } else {
        heard(null);
      }
    }
    timer = setTimeout(next, isMore ? 0 : pause_ms(answer.wait_ms));
  }

  function pause_ms(wait_ms) {
    const backoff_ms = failures && Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    const usual_ms = document.visibilityState === "hidden" ? 5 * every_ms : every_ms;
    // A tenth of chance, so that a class does not ask as one.
    return Math.max(usual_ms, backoff_ms, wait_ms) * (0.95 + Math.random() / 10);
  }

  const wake = () => document.visibilityState === "visible" && next();
  window.addEventListener("online", next);
  document.addEventListener("visibilitychange", wake);
  next();
  return { now: next };
}

/* A version 4 UUID. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((id, at) => `${id.slice(0, at)}-${id.slice(at)}`, hex);
}

/*
 * Owns the talk with the server: one request at a time, the newest drawing wins, a drawing that
 * could not be read is asked again until it is.
 * Must not know how an answer looks, nor word one: sentences about a drawing are the server's.
 */

const PAUSE_MS = 100; // between requests while drawing: ten a second look live, and thirty pupils fit
const PATIENCE_MS = { strokes: 8_000, image: 30_000 };
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;
const SOON_MS = 1_000; // during an outage, for somebody who draws: no need to wait for a late retry

const TROUBLE = {
  offline: "You are offline. Your drawing is safe and will be read when you are back.",
  silent: "Inkling is not answering. Your drawing is safe; trying again.",
  busy: "Many people are drawing right now. Your drawing is safe; trying again.",
  stranger: "Something between us answered instead of Inkling. Your drawing is safe; trying again.",
};

class Unanswered extends Error {
  constructor(trouble, wait_ms = 0) {
    super(trouble);
    this.trouble = trouble;
    this.wait_ms = wait_ms;
  }
}

/*
 * urls: { predict, page }. token: { get(), set(value) } for the CSRF token.
 * onReading(reading), onTrouble(sentence), onWaiting(): what the page shows.
 */
export function createReader({ urls, token, onReading, onTrouble, onWaiting }) {
  let newest = null; // the drawing whose answer may be shown
  let isUnsent = false;
  let isAsking = false;
  let timer = null;
  let dueAt_ms = 0; // when the timer rings
  let failures = 0;
  let isHeld = false; // the server is busy, and waiting is what it asked for
  let sentAt_ms = -Infinity;
  let isUrgent = false;

  function read(drawing) {
    newest = drawing;
    isUnsent = true;
    onWaiting();
    if (isAsking) return;
    if (timer === null) sendAfter(pause_ms());
    else if (!isHeld) sendAfter(Math.min(SOON_MS, dueAt_ms - performance.now()));
  }

  // The pen is up: what is drawn need not wait for its turn.
  function hurry() {
    isUrgent = isUnsent;
    if (timer !== null && failures === 0) sendAfter(pause_ms());
  }

  function forget() {
    newest = null;
    isUnsent = false;
    clearTimeout(timer);
    timer = null;
    failures = 0;
  }

  async function send() {
    const asked = newest;
    isUnsent = false;
    isUrgent = false;
    isAsking = true;
    sentAt_ms = performance.now();
    let answer;
    try {
      answer = await ask(asked);
    } catch (error) {
      answer = error;
    }
    isAsking = false;
    if (newest === null) return;
    if (answer instanceof Unanswered) return retryLater(answer);
    if (answer instanceof Error) throw answer;
    failures = 0;
    // A stroke that grew meanwhile is the same drawing; anything else makes this answer stale.
    if (asked.edition === newest.edition) {
      if (answer.error) onTrouble(answer.error.message);
      else onReading(answer, { isFinal: !isUnsent });
    }
    if (isUnsent) sendAfter(pause_ms());
  }

  function pause_ms() {
    return isUrgent ? 0 : sentAt_ms + PAUSE_MS - performance.now();
  }

  function sendAfter(wait_ms) {
    clearTimeout(timer);
    dueAt_ms = performance.now() + wait_ms;
    timer = setTimeout(() => {
      timer = null;
      send();
    }, wait_ms);
  }

  function retryLater({ trouble, wait_ms }) {
    onTrouble(trouble);
    isHeld = trouble === TROUBLE.busy;
    const backoff_ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    // A quarter of chance, so that a classroom does not come back as one; never sooner than told.
    sendAfter(Math.max(wait_ms, backoff_ms * 0.875) * (1 + Math.random() / 4));
  }

  async function ask(drawing, { mayRenew = true } = {}) {
    const response = await fetchInTime(urls.predict, {
      method: "POST",
      body: formOf(drawing),
      headers: { Accept: "application/json", "X-CSRFToken": token.get() },
      patience_ms: drawing.image ? PATIENCE_MS.image : PATIENCE_MS.strokes,
    });
    if (response.status === 429 || response.status === 503) {
      throw new Unanswered(TROUBLE.busy, Number(response.headers.get("Retry-After")) * 1000 || 0);
    }
    if (response.status >= 500) throw new Unanswered(TROUBLE.silent);
    const answer = await response.json().catch(() => null);
    if (!answer?.verdict && !answer?.error) throw new Unanswered(TROUBLE.stranger);
    if (answer.error?.code === "csrf_expired" && mayRenew) {
      await renewToken();
      return ask(drawing, { mayRenew: false });
    }
    return answer;
  }

  async function renewToken() {
    const response = await fetchInTime(urls.page, {
      headers: { Accept: "text/html" },
      cache: "no-store",
      patience_ms: PATIENCE_MS.strokes,
    });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("input[name=csrf_token]")?.value;
    if (!fresh) throw new Unanswered(TROUBLE.stranger);
    token.set(fresh);
  }

  function backOnline() {
    if (newest === null || isAsking || failures === 0) return;
    clearTimeout(timer);
    timer = null;
    send();
  }

  window.addEventListener("online", backOnline);
  return { read, hurry, forget };
}

async function fetchInTime(url, { patience_ms, ...options }) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patience_ms);
  try {
    const response = await fetch(url, { ...options, signal: patience.signal });
    const body = await response.blob(); // within the same patience: a body can stall as well
    return new Response(body, { status: response.status, headers: response.headers });
  } catch {
    throw new Unanswered(navigator.onLine ? TROUBLE.silent : TROUBLE.offline);
  } finally {
    clearTimeout(timer);
  }
}

function formOf({ strokes, image }) {
  const form = new FormData();
  if (image) form.append("image", image, image.name || "picture");
  else form.append("strokes", JSON.stringify(strokes));
  return form;
}

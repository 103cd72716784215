/*
 * The reader on the server. Owns the requests: one at a time, the newest drawing wins, and a drawing
 * without an answer is sent again until the server answers.
 * Must not know how an answer is shown, and writes no sentence about a drawing: the server does.
 */

// Between requests during a drawing: ten a second look live, and thirty pupils fit the rate limit.
const PAUSE_MS = 100;
const PATIENCE_MS = { strokes: 8_000, image: 75_000 }; // a picture has 60 s to reach the server
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;
const SOON_MS = 1_000; // during an outage, a new drawing is tried after this, not after the long pause

const TROUBLE = {
  offline: "You are offline.",
  silent: "Inkling is not answering.",
  busy: "Many people are drawing right now.",
  stranger: "A network filter is blocking Inkling.",
};
const COMFORT = { strokes: "Your drawing is safe; trying again.", image: "Trying again." };

class Unanswered extends Error {
  constructor(trouble, wait_ms = 0) {
    super(trouble);
    this.trouble = trouble;
    this.wait_ms = wait_ms;
  }
}

/*
 * url: of the API's predict route. It needs no cookie, so that it answers in a frame on another site.
 * onReading(reading, { isFinal, asked }), onTrouble(sentence), onWaiting(): what the page shows.
 */
export function createServerReader({ url, onReading, onTrouble, onWaiting }) {
  let newest = null; // only the answer to this drawing may be shown
  let isUnsent = false;
  let underWay = null; // the AbortController of the request that is under way
  let timer = null;
  let dueAt_ms = 0; // the time at which the timer fires
  let failures = 0;
  let notBefore_ms = 0; // the server is busy, and asked for no request before this time
  let sentAt_ms = -Infinity;
  let isUrgent = false;

  function read(drawing) {
    giveUpPicture();
    newest = drawing;
    isUnsent = true;
    if (isHeld()) tell(TROUBLE.busy);
    else onWaiting();
    if (underWay !== null) return;
    if (timer === null) sendAfter(pause_ms());
    else sendAfter(Math.min(SOON_MS, dueAt_ms - performance.now()));
  }

  // The pen is up: send without a pause.
  function hurry() {
    isUrgent = isUnsent;
    if (timer !== null && failures === 0) sendAfter(pause_ms());
  }

  function forget() {
    giveUpPicture();
    newest = null;
    isUnsent = false;
    clearTimeout(timer);
    timer = null;
    failures = 0;
  }

  /* A picture may take a minute to arrive. A new drawing does not wait for it. */
  function giveUpPicture() {
    if (!newest?.image) return;
    underWay?.abort();
    underWay = null;
  }

  async function send() {
    const asked = newest;
    const request = new AbortController();
    isUnsent = false;
    isUrgent = false;
    underWay = request;
    sentAt_ms = performance.now();
    let answer;
    try {
      answer = await ask(asked, request);
    } catch (error) {
      answer = error;
    }
    if (underWay !== request) return; // given up
    underWay = null;
    if (newest === null) return;
    if (answer instanceof Unanswered) return retryLater(answer);
    if (answer instanceof Error) throw answer;
    failures = 0;
    // A stroke that grew meanwhile is the same drawing; anything else makes this answer stale.
    if (asked.edition === newest.edition) {
      if (answer.error) onTrouble(answer.error.message);
      else onReading(answer, { isFinal: !isUnsent, asked });
    }
    if (isUnsent) sendAfter(pause_ms());
  }

  function pause_ms() {
    return isUrgent ? 0 : sentAt_ms + PAUSE_MS - performance.now();
  }

  function sendAfter(wait_ms) {
    clearTimeout(timer);
    const now_ms = performance.now();
    dueAt_ms = Math.max(now_ms + wait_ms, notBefore_ms);
    timer = setTimeout(() => {
      timer = null;
      send();
    }, dueAt_ms - now_ms);
  }

  function retryLater({ trouble, wait_ms }) {
    tell(trouble);
    const backoff_ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    // A random quarter more, so that a class does not retry all at once. Never sooner than told.
    const retry_ms = Math.max(wait_ms, backoff_ms * 0.875) * (1 + Math.random() / 4);
    if (trouble === TROUBLE.busy) notBefore_ms = performance.now() + retry_ms;
    sendAfter(retry_ms);
  }

  function tell(trouble) {
    onTrouble(`${trouble} ${newest.image ? COMFORT.image : COMFORT.strokes}`);
  }

  function isHeld() {
    return performance.now() < notBefore_ms;
  }

  async function ask(drawing, request) {
    const response = await fetchInTime(url, request, {
      method: "POST",
      ...messageOf(drawing),
      patience_ms: drawing.image ? PATIENCE_MS.image : PATIENCE_MS.strokes,
    });
    throwWithoutAnswer(response);
    const answer = await response.json().catch(() => null);
    if (!answer?.verdict && !answer?.error) throw new Unanswered(TROUBLE.stranger);
    return answer;
  }

  function backOnline() {
    if (newest === null || underWay !== null || failures === 0 || isHeld()) return;
    clearTimeout(timer);
    timer = null;
    send();
  }

  window.addEventListener("online", backOnline);
  return { read, hurry, forget };
}

async function fetchInTime(url, request, { patience_ms, ...options }) {
  const timer = setTimeout(() => request.abort(), patience_ms);
  try {
    const response = await fetch(url, { ...options, signal: request.signal });
    const body = await response.blob(); // with the same time limit, because a body can stall as well
    return new Response(body, { status: response.status, headers: response.headers });
  } catch {
    throw new Unanswered(navigator.onLine ? TROUBLE.silent : TROUBLE.offline);
  } finally {
    clearTimeout(timer);
  }
}

/* Throws when the server is busy or down. A 503 without Retry-After means that it is down. */
function throwWithoutAnswer({ status, headers }) {
  const wait_ms = Number(headers.get("Retry-After")) * 1000 || 0;
  if (status === 429 || (status === 503 && wait_ms > 0)) {
    throw new Unanswered(TROUBLE.busy, wait_ms);
  }
  if (status >= 500) throw new Unanswered(TROUBLE.silent);
}

function messageOf({ strokes, image, as }) {
  if (!image) {
    return { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ strokes, as }) };
  }
  const form = new FormData();
  form.append("image", image, image.name || "picture");
  return { body: form };
}

/*
 * The reader on the device. Owns when it is started and what it reads next: one drawing at a time,
 * the newest wins. Reads in a worker; where there are no module workers, in the page, between frames.
 * Must not know how a reading is made, and sends nothing to any server.
 */

const PAUSE_MS = 40; // between readings while somebody draws: twenty-five a second look live
const TROUBLE = "The reader could not be fetched. Your drawing is safe; draw on to try again.";

/*
 * files: where the reader's files are, { weights, card, words }.
 * onReading(reading, { isFinal, asked }), onTrouble(sentence), onWaiting(): what the page shows.
 */
export function createDeviceReader({ files, onReading, onTrouble, onWaiting }) {
  let newest = null;
  let isUnread = false;
  let isReading = false;
  let timer = null;
  let readAt_ms = -Infinity;
  let starting = null;

  /* A promise of what reads strokes. */
  function start() {
    starting ??= inWorker(files)
      .catch(() => inPage(files))
      .catch((error) => {
        starting = null; // the next drawing tries again
        throw error;
      });
    return starting;
  }

  function read(drawing) {
    newest = drawing;
    isUnread = true;
    onWaiting();
    if (!isReading && timer === null) readAfter(readAt_ms + PAUSE_MS - performance.now());
  }

  /* The pen is up: what is drawn need not wait for its turn. */
  function hurry() {
    if (timer === null) return;
    clearTimeout(timer);
    readNewest();
  }

  function forget() {
    newest = null;
    isUnread = false;
    clearTimeout(timer);
    timer = null;
  }

  function readAfter(wait_ms) {
    if (wait_ms > 0) timer = setTimeout(readNewest, wait_ms);
    else readNewest();
  }

  async function readNewest() {
    timer = null;
    const asked = newest;
    isUnread = false;
    isReading = true;
    readAt_ms = performance.now();
    let reading = null;
    try {
      const readStrokes = await start();
      reading = await readStrokes(asked.strokes);
    } catch {
      // told below, of a drawing that is still wanted
    }
    isReading = false;
    if (newest === null) return;
    // A stroke that grew meanwhile is the same drawing; anything else makes this reading stale.
    if (asked.edition === newest.edition) {
      if (reading === null) onTrouble(TROUBLE);
      else onReading(reading, { isFinal: !isUnread, asked });
    }
    if (isUnread) readAfter(readAt_ms + PAUSE_MS - performance.now());
  }

  return { start, read, hurry, forget };
}

/* Fails where workers are classic scripts only: such a browser trips over the first import. */
function inWorker(files) {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    let answer = null; // what the reading under way is waiting for
    const readStrokes = (strokes) =>
      new Promise((resolve, reject) => {
        answer = { resolve, reject };
        worker.postMessage({ strokes });
      });
    worker.onmessage = ({ data }) => {
      if (data.isHere) done(readStrokes);
      else if (data.reading) answer.resolve(data.reading);
      else answer.reject(new Error(data.trouble));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // it is no fault of the page
      worker.terminate();
      fail(event);
      answer?.reject(event);
    };
    worker.postMessage({ files });
  });
}

async function inPage(files) {
  const { configure, load, readStrokes } = await import("./local.js");
  configure(files);
  await load();
  return async (strokes) => {
    await betweenFrames();
    return readStrokes(strokes);
  };
}

function betweenFrames() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done)); // after what this frame paints
    setTimeout(done, 100); // a page that is not seen has no frames
  });
}

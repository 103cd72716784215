/*
 * The reader on the device. Owns its start, and the order of drawings: one drawing at a time, and the
 * newest wins. It reads in a web worker. In browsers without module workers it reads in the page,
 * between frames. Must not know how a reading is made, and sends nothing to any server.
 */

const PAUSE_MS = 40; // between readings during a drawing: 25 a second look live
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

  /* A promise of a function that reads strokes, as one digit or as whatever they are. */
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

  /* The pen is up: read without a pause. */
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
      reading = await readStrokes(asked.strokes, asked.as);
    } catch {
      // shown below, if the drawing is still wanted
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

/* Fails in browsers without module workers: the worker's first import is an error there. */
function inWorker(files) {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    let answer = null; // resolves the reading that is under way
    const readStrokes = (strokes, as) =>
      new Promise((resolve, reject) => {
        answer = { resolve, reject };
        worker.postMessage({ strokes, as });
      });
    worker.onmessage = ({ data }) => {
      if (data.isHere) done(readStrokes);
      else if (data.reading) answer.resolve(data.reading);
      else answer.reject(new Error(data.trouble));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // not an error of the page
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
  return async (strokes, as) => {
    await betweenFrames();
    return readStrokes(strokes, as);
  };
}

function betweenFrames() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done)); // after this frame is painted
    setTimeout(done, 100); // a hidden page has no frames
  });
}

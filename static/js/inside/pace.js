/*
 * Owns the pace of long work: in slices, so that the page goes on painting and listening between them.
 */

const SLICE_MS = 6;

/* A promise of what a generator returns, or of null once isOver() says that nobody wants it. */
export async function inSlices(work, isOver) {
  for (;;) {
    const end_ms = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < end_ms);
    await pause();
    if (isOver()) return null;
  }
}

/* Until the browser has done what waits. (A timer of 0 ms waits for 4 ms.) */
function pause() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((next) => {
    port1.onmessage = () => next(port1.close());
    port2.postMessage(null);
  });
}

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
    await new Promise((next) => setTimeout(next));
    if (isOver()) return null;
  }
}

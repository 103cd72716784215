/*
 * Owns what a screen reader is told, and when: once things have settled, and never twice.
 * Must not know what the sentences mean.
 */

export function createAnnouncer(region, calm_ms) {
  let timer = null;

  return function announce(sentence) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (region.textContent !== sentence) region.textContent = sentence;
    }, calm_ms);
  };
}

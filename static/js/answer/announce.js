/*
 * Owns what a screen reader is told, and when: once things have settled, and never
 * twice of the same drawing, nor of one that has changed since.
 * Must not know what the sentences mean.
 */

export function createAnnouncer(region, calm_ms) {
  let timer = null;

  function announce(sentence) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (region.textContent !== sentence) region.textContent = sentence;
    }, calm_ms);
  }

  announce.hush = () => clearTimeout(timer);

  // The same words are news again when they are said of another drawing.
  announce.anew = () => {
    region.textContent = "";
  };

  return announce;
}

/*
 * Owns the announcements to a screen reader, and their time: when the answer has settled, once for a
 * drawing, and never for a drawing that has changed since.
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

  // The same sentence is announced again for another drawing.
  announce.anew = () => {
    region.textContent = "";
  };

  return announce;
}

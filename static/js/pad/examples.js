/*
 * Owns the recorded drawings: fetched once, early, so that they are here when the network is not.
 * Must not know what they are for.
 */

const EARLY_MS = 1_500; // after the page itself

export function createExamples(url) {
  let coming = null;

  async function fetchAll() {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`no examples: ${response.status}`);
    return response.json();
  }

  /* A fetch that failed is tried again by whoever asks next. */
  function examples() {
    coming ??= fetchAll().catch((error) => {
      coming = null;
      throw error;
    });
    return coming;
  }

  setTimeout(() => examples().catch(() => {}), EARLY_MS);
  return examples;
}

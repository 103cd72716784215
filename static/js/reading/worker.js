/*
 * The reader on the device, in a module worker. Owns the messages: { files } gives the addresses of
 * its files; each { strokes, as } is answered, in order, with { reading } or { trouble }. Must not know the page.
 */

import { configure, load, readStrokes } from "./local.js";

self.addEventListener("message", async ({ data: { files, strokes, as } }) => {
  if (files) {
    configure(files);
    self.postMessage({ isHere: true });
    load().catch(() => {}); // the first drawing tries again, and reports a failure
    return;
  }
  try {
    self.postMessage({ reading: await readStrokes(strokes, as) });
  } catch (error) {
    self.postMessage({ trouble: error.message });
  }
});

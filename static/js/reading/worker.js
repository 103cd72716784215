/*
 * The reader on the device, in a module worker. Owns the messages: { files } says where its files
 * are; { strokes } is answered with { reading } or { trouble }, in turn. Must not know the page.
 */

import { configure, load, readStrokes } from "./local.js";

self.addEventListener("message", async ({ data: { files, strokes } }) => {
  if (files) {
    configure(files);
    self.postMessage({ isHere: true });
    load().catch(() => {}); // the first drawing tries again, and says so
    return;
  }
  try {
    self.postMessage({ reading: await readStrokes(strokes) });
  } catch (error) {
    self.postMessage({ trouble: error.message });
  }
});

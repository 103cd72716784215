/*
 * The work of Look inside in a module worker. Owns the messages: { files } gives the addresses of the
 * reader's files; each { id, job, given } is answered with { id, answer } or { id, trouble }.
 */

import { answerTo, begin } from "./jobs.js";

self.addEventListener("message", async ({ data: { files, id, job, given } }) => {
  if (files) {
    begin(files);
    self.postMessage({ isHere: true });
    return;
  }
  try {
    self.postMessage({ id, answer: await answerTo(job, given) });
  } catch (error) {
    self.postMessage({ id, trouble: error.message });
  }
});

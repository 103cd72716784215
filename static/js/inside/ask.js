/*
 * Owns where the work of Look inside is done: in a web worker, so that the page goes on painting; in the
 * page, in browsers without module workers. Must not know the jobs.
 */

/* A promise of ask(job, given), which promises the job's answer. */
export async function askWith(files) {
  try {
    return await inWorker(files);
  } catch {
    const { answerTo, begin } = await import("./jobs.js");
    begin(files);
    return answerTo;
  }
}

/* Fails in browsers without module workers: the worker's first import is an error there. */
function inWorker(files) {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const asked = new Map();
    let id = 0;
    const ask = (job, given) =>
      new Promise((resolve, reject) => {
        asked.set((id += 1), { resolve, reject });
        worker.postMessage({ id, job, given });
      });
    worker.onmessage = ({ data }) => {
      if (data.isHere) return done(ask);
      const { resolve, reject } = asked.get(data.id);
      asked.delete(data.id);
      if (data.trouble === undefined) resolve(data.answer);
      else reject(new Error(data.trouble));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // not an error of the page
      worker.terminate();
      fail(event);
    };
    worker.postMessage({ files });
  });
}

/*
 * Owns the choice of the reader: the server, the device, or the server with the device ready to take
 * over. Gives the page one reader: read(drawing), hurry() when the pen is up, forget(). The newest
 * drawing wins, wherever it was read. Must not know how the server or the device reads.
 */

import { createDeviceReader } from "./device.js";
import { createServerReader } from "./server.js";

const SLOW_MS = 300; // a drawing that waits longer is read on the device
const PICTURES_NEED_A_SERVER = "Pictures need Inkling’s server. Draw the digit instead.";
const MEANWHILE = "You can still draw."; // shown while a picture waits for the server

/*
 * where: "server", "device" or "auto". url: of the API's predict route; empty where there is no
 * server. files: of the reader on the device. A drawing has { strokes, image, edition,
 * as }; as "digit", strokes are no number.
 * onReading(reading, { isFinal, asked, where }), onTrouble(sentence), onWaiting(): what the page shows.
 */
export function createReader({ where, url, files, onReading, onTrouble, onWaiting }) {
  let newest = null; // only the reading of this drawing may be shown
  let count = 0; // number of drawings so far; each drawing keeps its number as `order`
  let shown = 0; // the order of the newest drawing whose reading was shown
  let isTakenOver = where === "device";
  let isServerQuick = true;
  let isDeviceBroken = false;
  let trouble = null; // the server's last trouble, until the server answers
  let slow = null; // the timer of the oldest drawing without a reading

  const server = createServerReader({
    url,
    onReading(reading, { asked }) {
      isServerQuick = performance.now() - asked.at_ms <= SLOW_MS;
      trouble = null;
      show(reading, asked, "server");
    },
    onTrouble(sentence) {
      trouble = sentence;
      if (newest.image && where === "auto") onTrouble(`${sentence} ${MEANWHILE}`);
      else if (newest.image || where === "server" || isDeviceBroken) onTrouble(sentence);
      else takeOver();
    },
    onWaiting,
  });
  const device = createDeviceReader({
    files,
    onReading(reading, { asked }) {
      isDeviceBroken = false;
      show(reading, asked, "device");
    },
    onTrouble(sentence) {
      isDeviceBroken = true;
      if (where === "device") onTrouble(sentence);
      else if (trouble !== null) onTrouble(trouble);
    },
    onWaiting: where === "device" ? onWaiting : () => {},
  });

  function read(drawing) {
    count += 1;
    newest = { ...drawing, order: count, at_ms: performance.now() };
    if (drawing.image) {
      device.forget();
      stopWaiting();
      if (url) server.read(newest);
      else onTrouble(PICTURES_NEED_A_SERVER);
    } else if (where === "device") {
      server.forget(); // of a picture from before
      device.read(newest);
    } else {
      if (isTakenOver) device.read(newest);
      else if (where === "auto") slow ??= setTimeout(takeOver, SLOW_MS);
      server.read(newest);
    }
  }

  function takeOver() {
    stopWaiting();
    isServerQuick = false;
    if (isTakenOver) return; // the device has this drawing
    isTakenOver = true;
    if (newest.order > shown) device.read(newest);
  }

  function stopWaiting() {
    clearTimeout(slow);
    slow = null;
  }

  function show(reading, asked, by) {
    if (newest === null || asked.edition !== newest.edition || asked.order <= shown) return;
    shown = asked.order;
    stopWaiting();
    const isFinal = asked.order === newest.order;
    if (!isFinal && where === "auto" && !isTakenOver) slow = setTimeout(takeOver, SLOW_MS);
    onReading(reading, { isFinal, asked, where: by });
  }

  function hurry() {
    server.hurry();
    device.hurry();
  }

  function forget() {
    newest = null;
    stopWaiting();
    server.forget();
    device.forget();
    // The reader that began a drawing goes on with it. The next drawing goes to the server again,
    // if the server is back.
    if (where === "auto") isTakenOver = !isServerQuick;
  }

  /* Get the device ready, so that it can take over at once. */
  function prepare() {
    if (where !== "server") device.start().catch(() => {}); // the first drawing tries again
  }

  return { read, hurry, forget, prepare };
}

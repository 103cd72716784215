/*
 * Owns the ways a picture comes in: chosen, photographed, dropped, pasted.
 * Must not know what a good picture is: the server judges, and says so.
 */

/* onChosen() tells whether the picture is still wanted, should it take a while to get here. */
export function attachFiles({ page, inputs, dropTarget, onChosen, onPicture, onUnreadable }) {
  const listening = new AbortController();
  const on = (target, type, handler) =>
    target.addEventListener(type, handler, { signal: listening.signal });

  async function take(files) {
    const [file] = files;
    if (!file) return;
    const isWanted = onChosen();
    try {
      const picture = await readyToSend(file);
      if (isWanted()) onPicture(picture);
    } catch {
      if (isWanted()) onUnreadable();
    }
  }

  for (const input of inputs) {
    on(input, "change", () => {
      take(input.files);
      input.value = ""; // so that choosing the same file again is a change again
    });
  }

  /* Anywhere on the page: a drop that misses would replace the page, and the drawing with it. */
  on(page, "dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer.types.includes("Files")) dropTarget.classList.add("drop");
  });
  on(page, "dragleave", (event) => {
    if (event.relatedTarget === null) dropTarget.classList.remove("drop");
  });
  on(page, "drop", (event) => {
    event.preventDefault();
    dropTarget.classList.remove("drop");
    take(event.dataTransfer.files);
  });
  on(page, "paste", (event) => {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      take(event.clipboardData.files);
    }
  });

  return () => listening.abort();
}

/* A phone's photo, never a drawing: quicker to send, and below what the server refuses. */
const LARGE_BYTES = 1_000_000;
const SHRUNK_SIDE_PX = 1600;
const READ_THERE = /^image\/(png|jpeg|webp|gif|bmp)$/; // of the rest, a browser may make a JPEG

/* Read now: a folder is no file, and a file may be changed before it could be sent. */
async function readyToSend(file) {
  const bytes = await file.arrayBuffer();
  const picture = new File([bytes], file.name, { type: file.type });
  const isReady = file.size <= LARGE_BYTES && READ_THERE.test(file.type);
  return isReady ? picture : shrink(picture);
}

async function shrink(file) {
  try {
    const photo = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SHRUNK_SIDE_PX / Math.max(photo.width, photo.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(photo.width * scale);
    canvas.height = Math.round(photo.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "white"; // JPEG has no transparency
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(photo, 0, 0, canvas.width, canvas.height);
    photo.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return blob ? new File([blob], "photo.jpg", { type: blob.type }) : file;
  } catch {
    return file; // not a picture, as far as we can see; the server will say
  }
}

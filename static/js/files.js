/*
 * Owns the ways a picture comes in: chosen, photographed, dropped, pasted.
 * Must not know what a good picture is: the server judges, and says so.
 */

export function attachFiles({ page, inputs, dropTarget, onPicture }) {
  const listening = new AbortController();
  let newest = 0;
  const on = (target, type, handler) =>
    target.addEventListener(type, handler, { signal: listening.signal });

  async function take(files) {
    const [file] = files;
    if (!file) return;
    newest += 1;
    const turn = newest;
    const picture = file.size > LARGE_BYTES ? await shrink(file) : file;
    if (turn === newest) onPicture(picture); // not if another came while this one was shrunk
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
    dropTarget.classList.add("drop");
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

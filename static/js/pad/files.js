/*
 * Owns the ways a picture comes in: chosen, photographed, dropped, pasted.
 * Must not know what a good picture is: the server judges, and says so. HEIC alone is known here, for
 * few browsers open it and every iPhone makes it.
 */

/* onChosen() gives what tells whether its picture is still wanted once it is here. */
export function attachFiles({ page, inputs, dropTarget, onChosen, onPicture, onUnreadable }) {
  const listening = new AbortController();
  let newest = 0;
  const on = (target, type, handler) =>
    target.addEventListener(type, handler, { signal: listening.signal });

  async function take(files) {
    const [file] = files;
    if (!file) return;
    newest += 1;
    const turn = newest;
    const isStillWanted = onChosen();
    const isWanted = () => turn === newest && isStillWanted(); // no other came, nobody drew
    try {
      const picture = await readyToSend(file);
      if (isWanted()) onPicture(picture);
    } catch (error) {
      if (isWanted()) onUnreadable(error?.advice ?? "This file cannot be read. Choose another one, or draw.");
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

/* A phone's photo, never a drawing: quicker to send, and below what the server refuses, which is
   4 MB and, of the WebPs that take it the most memory, 5 million pixels. It looks at 512 a side. */
const LARGE_BYTES = 400_000;
const LARGE_PIXELS = 4_000_000;
const SHRUNK_SIDE_PX = 1024;
const READ_THERE = /^image\/(png|jpeg|webp|gif|bmp)$/; // of the rest, a browser may make a JPEG
const MAY_BE_SEE_THROUGH = /^image\/(png|webp|gif|avif)$/;
const SEE_THROUGH_BYTES = 2_000_000; // with a photo's grain, a PNG of that side takes up to 4 MB

const HEIC_ADVICE =
  "This browser can’t open iPhone HEIC photos. Save it as JPEG or send a screenshot.";

/* Read now: a folder is no file, and a file may be changed before it could be sent. */
async function readyToSend(file) {
  const bytes = await file.arrayBuffer();
  const picture = new File([bytes], file.name, { type: file.type });
  try {
    const photo = await createImageBitmap(picture, { imageOrientation: "from-image" });
    const isSmall = file.size <= LARGE_BYTES && photo.width * photo.height <= LARGE_PIXELS;
    if (isSmall && READ_THERE.test(file.type)) return picture;
    return (await shrunk(photo, file.type)) ?? picture;
  } catch {
    if (isHeic(file)) throw Object.assign(new Error("HEIC"), { advice: HEIC_ADVICE });
    return picture; // not a picture, as far as we can see; the server will say
  }
}

function isHeic({ name, type }) {
  return /^image\/hei[cf]/.test(type) || /\.hei[cf]$/i.test(name);
}

async function shrunk(photo, type) {
  const scale = Math.min(1, SHRUNK_SIDE_PX / Math.max(photo.width, photo.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(photo.width * scale);
  canvas.height = Math.round(photo.height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high"; // averages the grain away, as the server would
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  photo.close();
  if (MAY_BE_SEE_THROUGH.test(type) && isSeeThrough(context)) {
    const picture = await fileOf(canvas, "image/png"); // the server finds paper that suits its ink
    if (picture && picture.size <= SEE_THROUGH_BYTES) return picture;
  }
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white"; // JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  return fileOf(canvas, "image/jpeg");
}

function isSeeThrough(context) {
  const { data } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] < 255) return true;
  return false;
}

async function fileOf(canvas, type) {
  const blob = await new Promise((done) => canvas.toBlob(done, type, 0.9));
  return blob && new File([blob], type.replace("image/", "photo."), { type: blob.type });
}

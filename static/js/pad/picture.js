/*
 * Owns the picture that is read instead of strokes, as it is shown on the pad: still, as the reader
 * takes the first frame of a film, and only what this browser can decode.
 * Must not know where the picture comes from.
 */

const LARGEST_PX = 1024;

export function createPicture(canvas) {
  let shown = null;

  async function show(file) {
    if (file === shown) return;
    shown = file;
    canvas.hidden = true;
    if (file === null) return;
    let picture;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return; // a kind this browser cannot show; the server may still read it
    }
    if (file === shown) {
      const scale = Math.min(1, LARGEST_PX / Math.max(picture.width, picture.height));
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      canvas.hidden = false;
    }
    picture.close();
  }

  return {
    show,
    get file() {
      return shown;
    },
  };
}

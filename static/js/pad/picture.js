/*
 * Owns how the picture that is read instead of strokes is shown on the pad. An animation stands still,
 * because the reader takes its first frame. Only pictures that this browser can decode are shown.
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
      return; // this browser cannot show it; the server may still read it
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

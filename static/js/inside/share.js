/*
 * Owns the button that makes a link to what is looked at. Nothing is stored anywhere: the strokes are
 * in the link.
 */

import { element, labelled } from "./dom.js";
import { packed } from "./link.js";

/* view(), strokes(): what a link would show. */
export function createShare({ view, strokes }) {
  const button = element("button", { type: "button" }, "Share");
  const field = element("input", { type: "text", readonly: "", autocomplete: "off" });
  const word = element("p", { role: "status" });
  const box = element("div", { class: "row" }, labelled("The link ", field));
  const root = element("div", { class: "share" }, box, word);
  forget();

  function forget() {
    box.hidden = true;
    word.textContent = "";
  }

  button.addEventListener("click", async () => {
    forget();
    if (strokes().length === 0) {
      word.textContent = "Only drawings can be shared, not pictures.";
      return;
    }
    try {
      field.value = new URL(packed(view(), strokes()), location.href).href;
    } catch (error) {
      word.textContent = error.message;
      return;
    }
    box.hidden = false;
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      word.textContent = "Copied. Whoever opens the link sees this drawing and this view.";
    } catch {
      word.textContent = "Copy this link. Whoever opens it sees this drawing and this view.";
    }
  });

  return { button, root, forget };
}

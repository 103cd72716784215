/*
 * Owns the shortcuts that work anywhere on the page: undo, redo, clear.
 * Must not know the pad; keys typed into a field belong to that field.
 */

export function attachKeys(page, drawing) {
  const listening = new AbortController();

  function keydown(event) {
    if (event.defaultPrevented || isTyping(event.target)) return;
    const act = action(event);
    if (act === null) return;
    event.preventDefault();
    drawing[act]();
  }

  page.addEventListener("keydown", keydown, { signal: listening.signal });
  return () => listening.abort();
}

function action({ key, code, ctrlKey, metaKey, shiftKey, altKey }) {
  if (altKey) return null;
  if (ctrlKey || metaKey) {
    const letter = letterOf(key, code);
    if (letter === "z") return shiftKey ? "redo" : "undo";
    return letter === "y" && !shiftKey ? "redo" : null;
  }
  return key === "Delete" || key === "Backspace" ? "clear" : null;
}

/* The letter on the key, in QWERTY, QWERTZ or AZERTY; where no Latin letter is, as on Russian or
   Greek keys, the one that has its place. */
function letterOf(key, code) {
  const isOfAnotherScript = /^[^\0-\x7f\p{Script=Latin}]/u.test(key);
  return (isOfAnotherScript ? code.replace(/^Key/, "") : key).toLowerCase();
}

function isTyping(element) {
  const fields = "input:not([type=file], [type=range], [type=radio]), textarea, select";
  return element.isContentEditable || (element.matches?.(fields) ?? false);
}

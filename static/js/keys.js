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

function action({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (altKey) return null;
  if (ctrlKey || metaKey) {
    if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
    return key.toLowerCase() === "y" && !shiftKey ? "redo" : null;
  }
  return key === "Delete" || key === "Backspace" ? "clear" : null;
}

function isTyping(element) {
  const fields = "input:not([type=file], [type=button], [type=submit]), textarea, select";
  return element.isContentEditable || (element.matches?.(fields) ?? false);
}

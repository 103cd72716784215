/*
 * Owns the way from a drawing of the class to Look inside: a link that holds the drawing.
 * It opens beside the wall, so that the wall stays.
 */

import { packed } from "../inside/link.js";

/* A link around `content`, or null for a drawing that fits in none. */
export function lookInside({ strokes }, content) {
  const link = document.createElement("a");
  try {
    link.href = `/${packed("mind", strokes)}`;
  } catch {
    return null; // too long for a link
  }
  if (strokes.length === 0) return null;
  link.className = "look";
  link.title = "Look inside: why is it read so?";
  link.target = "_blank";
  link.rel = "noopener";
  link.append(content);
  return link;
}

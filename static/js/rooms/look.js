/*
 * Owns the way from a drawing of the class to Look inside: a link that holds the drawing.
 * It opens beside the wall, so that the wall stays.
 */

import { SIDE } from "../pad/drawing.js";
import { packed } from "../inside/link.js";

/* A link around `content`, or null for a drawing that fits in none. */
export function lookInside({ strokes }, content) {
  const link = document.createElement("a");
  try {
    link.href = `/${packed("mind", onPad(strokes))}`;
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

/* A program may hand in strokes of any size, and the link knows the pad alone. */
function onPad(strokes) {
  const parts = strokes.flat(2).map(Number);
  const [least, most] = [Math.min(...parts), Math.max(...parts)];
  if (least >= 0 && most <= SIDE) return strokes;
  return strokes.map((stroke) => stroke.map((point) => point.map((part) => ((part - least) / (most - least || 1)) * SIDE)));
}

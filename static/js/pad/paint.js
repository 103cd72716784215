/*
 * Owns the picture of the strokes: smooth, and sharp on every screen.
 * Must not know where strokes come from, and never changes or reads back what was drawn.
 */

import { SIDE } from "./drawing.js";

const PEN_WIDTH = 40; // of SIDE: about a felt-tip on a phone
const PEN_CURSOR = 26;
const LIGHTEST = 0.5; // of PEN_WIDTH; half pressed, a pen is as wide as a finger
const GHOST_OPACITY = 0.3;

export function createPainter(canvas) {
  const context = canvas.getContext("2d");

  /* Asked anew at each painting: zoom, rotation and a second screen all change the answer. */
  function fit() {
    const side_px = Math.max(1, Math.round(canvas.clientWidth * window.devicePixelRatio));
    if (canvas.width !== side_px || canvas.height !== side_px) {
      canvas.width = side_px;
      canvas.height = side_px;
    }
    context.setTransform(side_px / SIDE, 0, 0, side_px / SIDE, 0, 0);
  }

  return function paint(strokes, { pen = null, isGhost = false } = {}) {
    fit();
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, SIDE, SIDE);
    context.strokeStyle = style.color;
    context.globalAlpha = isGhost ? GHOST_OPACITY : 1;
    drawInk(context, strokes);
    context.globalAlpha = 1;
    if (pen?.isShown) cursor(context, pen, style.accentColor);
  };
}

/* Strokes in the context's colour, on paper of SIDE by SIDE. */
export function drawInk(context, strokes) {
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    if (stroke[0].length === 3) pressed(context, stroke);
    else line(context, smooth(stroke), PEN_WIDTH);
  }
}

function line(context, path, width) {
  context.lineWidth = width;
  context.stroke(path);
}

/* Through the middles, with the points themselves as handles: no corner between two samples. */
function smooth(stroke) {
  const path = new Path2D();
  const [first] = stroke;
  const last = stroke[stroke.length - 1];
  path.moveTo(first[0], first[1]);
  for (let i = 1; i < stroke.length - 1; i += 1) {
    const [x, y] = stroke[i];
    path.quadraticCurveTo(x, y, ...middle(stroke[i], stroke[i + 1]));
  }
  // A lone point becomes a dot by its round caps; a line of no length at all would have none.
  path.lineTo(last[0] + (stroke.length === 1 ? 0.01 : 0), last[1]);
  return path;
}

/* The same curve in pieces, each as wide as the pen was pressed there. */
function pressed(context, stroke) {
  let from = stroke[0];
  stroke.forEach((point, i) => {
    const to = i < stroke.length - 1 ? middle(point, stroke[i + 1]) : point;
    const path = new Path2D();
    path.moveTo(from[0], from[1]);
    path.quadraticCurveTo(point[0], point[1], to[0] + 0.01, to[1]);
    line(context, path, PEN_WIDTH * (LIGHTEST + point[2]));
    from = to;
  });
}

function middle([x, y], [nextX, nextY]) {
  return [(x + nextX) / 2, (y + nextY) / 2];
}

function cursor(context, pen, colour) {
  context.beginPath();
  context.arc(pen.x, pen.y, PEN_CURSOR, 0, 2 * Math.PI);
  context.lineWidth = 8;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  if (pen.isDown) context.fill();
  context.stroke();
}

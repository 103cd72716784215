/*
 * Owns the picture of the strokes: smooth, and sharp on every screen.
 * Must not know where strokes come from. Never changes the drawing, and never reads pixels back.
 */

import { SIDE } from "./drawing.js";

const PEN_WIDTH = 40; // of SIDE: about a felt-tip on a phone
const PEN_CURSOR = 26;
const LIGHTEST = 0.5; // of PEN_WIDTH; half pressed, a pen is as wide as a finger
const GHOST_OPACITY = 0.3;

export function createPainter(canvas) {
  const context = canvas.getContext("2d");

  /* Computed at each painting, because zoom, rotation and a second screen change it. */
  function fit() {
    const [width_px, height_px] = [canvas.clientWidth, canvas.clientHeight].map((length) =>
      Math.max(1, Math.round(length * window.devicePixelRatio)),
    );
    if (canvas.width !== width_px || canvas.height !== height_px) {
      canvas.width = width_px;
      canvas.height = height_px;
    }
    context.resetTransform();
    context.clearRect(0, 0, width_px, height_px);
    context.scale(height_px / SIDE, height_px / SIDE);
  }

  /* marked: strokes that are shown in the accent's colour, over the others. */
  return function paint(strokes, { pen = null, isGhost = false, marked = [] } = {}) {
    fit();
    const style = getComputedStyle(canvas);
    context.strokeStyle = style.color;
    context.globalAlpha = isGhost ? GHOST_OPACITY : 1;
    drawInk(context, strokes);
    context.strokeStyle = style.accentColor;
    drawInk(context, marked);
    context.globalAlpha = 1;
    if (pen?.isShown) cursor(context, pen, style.accentColor);
  };
}

/* Strokes in the context's colour, on paper that is SIDE high. */
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

/* Curves through the middles between points, with the points as handles: no corners. */
function smooth(stroke) {
  const path = new Path2D();
  const [first] = stroke;
  const last = stroke[stroke.length - 1];
  path.moveTo(first[0], first[1]);
  for (let i = 1; i < stroke.length - 1; i += 1) {
    const [x, y] = stroke[i];
    path.quadraticCurveTo(x, y, ...middle(stroke[i], stroke[i + 1]));
  }
  // Round caps make a dot of a single point, but a line of length 0 would get no caps.
  path.lineTo(last[0] + (stroke.length === 1 ? 0.01 : 0), last[1]);
  return path;
}

/* The same curve in pieces. The width of each piece follows the pen's pressure there. */
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

/*
 * Owns the card at the end of a round: ten small drawings, what each was read as, and a picture to keep.
 * Must not know the rules.
 */

import { SIDE } from "../pad/drawing.js";
import { drawInk } from "../pad/paint.js";

const CELL_PX = 200;
const HEAD_PX = 90;
const LABEL_PX = 36;
const GAP_PX = 16;
const FONT = "system-ui, sans-serif";
const PAPER = { sheet: "#fffefb", page: "#f7f5f0", ink: "#1d1e2c", quiet: "#5d5c69", accent: "#3347c4" };

export function createCard({ again }) {
  const card = document.createElement("dialog");
  card.className = "card";
  card.setAttribute("aria-labelledby", "card-title");
  const title = document.createElement("h2");
  title.id = "card-title";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const row = document.createElement("div");
  row.className = "tools";
  const [keep, more, close] = ["Keep the picture", "Play again", "Close"].map((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    row.append(button);
    return button;
  });
  card.append(title, canvas, row);
  document.body.append(card);

  keep.addEventListener("click", () => canvas.toBlob(download, "image/png"));
  more.addEventListener("click", () => {
    card.close();
    again();
  });
  close.addEventListener("click", () => card.close());

  return function show({ drawn, took_s }) {
    const right = drawn.filter(({ isMissed }) => !isMissed).length;
    const words =
      right === 10 ? `All ten in ${took_s.toFixed(1)} seconds!` : `${right} of 10 in 30 seconds`;
    title.textContent = words;
    canvas.setAttribute("aria-label", words);
    paint(canvas, words, drawn);
    card.showModal();
  };
}

function paint(canvas, words, drawn) {
  const step_px = CELL_PX + GAP_PX;
  canvas.width = 5 * step_px + GAP_PX;
  canvas.height = HEAD_PX + 2 * (step_px + LABEL_PX) + GAP_PX;
  const context = canvas.getContext("2d");
  const write = (text, x, y, colour, font, align = "center") => {
    context.fillStyle = colour;
    context.font = `${font} ${FONT}`;
    context.textAlign = align;
    context.fillText(text, x, y);
  };
  context.fillStyle = PAPER.page;
  context.fillRect(0, 0, canvas.width, canvas.height);
  write(words, GAP_PX, 58, PAPER.ink, "650 40px", "left");
  write("Inkling", canvas.width - GAP_PX, 58, PAPER.quiet, "italic 34px", "right");
  for (let i = 0; i < 10; i += 1) {
    const x = GAP_PX + (i % 5) * step_px;
    const y = HEAD_PX + Math.floor(i / 5) * (step_px + LABEL_PX);
    context.fillStyle = PAPER.sheet;
    context.fillRect(x, y, CELL_PX, CELL_PX);
    const one = drawn[i];
    if (!one) {
      write(String(i), x + CELL_PX / 2, y + CELL_PX / 2 + 32, "#d9d5ca", "650 90px");
      continue;
    }
    context.save();
    context.translate(x, y);
    context.scale(CELL_PX / SIDE, CELL_PX / SIDE);
    context.strokeStyle = PAPER.ink;
    drawInk(context, one.strokes);
    context.restore();
    const isRead = one.verdict === "digit";
    const label = !isRead ? "not read" : one.isMissed ? `${one.digit}, not ${i}` : `read as ${one.digit}`;
    write(label, x + CELL_PX / 2, y + CELL_PX + 28, one.isMissed ? PAPER.quiet : PAPER.accent, "600 24px");
  }
}

function download(blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "inkling-0-to-9.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

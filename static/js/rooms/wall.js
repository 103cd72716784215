/*
 * Owns the wall at the front of the class: the newest drawings, the figures, the ending of a round.
 */

import { createGallery } from "./gallery.js";
import { svgOf } from "./ink.js";
import { lookInside } from "./look.js";
import { poll, url } from "./room.js";
import { isRead, labels, outcome, TITLES, withArticle } from "./words.js";

const byId = (id) => document.getElementById(id);
const { code } = byId("wall").dataset;
const MOST_IN_A_TABLE = 12; // classes
const gallery = createGallery(byId("drawings"), { most: 60 });
let cursor = 0;
let now = null;
let clockAhead_s = 0; // of the server's clock

poll({
  every_ms: 1_200,
  question: () => [url(code, `/wall?after=${cursor}`), {}],
  heard(answer) {
    byId("trouble").textContent = "";
    if (answer === null) return showRate();
    if (answer.status !== 200) {
      byId("trouble").textContent = answer.body?.error?.message ?? "";
      return;
    }
    now = answer.body;
    cursor = now.cursor;
    gallery.add(now.drawings);
    const newest = Math.max(0, ...now.drawings.map(({ sent_s }) => sent_s));
    clockAhead_s = Math.max(clockAhead_s, newest - Date.now() / 1000);
    if (!now.more) show();
    return now.more;
  },
  onTrouble() {
    byId("trouble").textContent = "The room does not answer just now. Trying again …";
  },
});

const isShown = (drawing) => !drawing.hidden && drawing.round === now.round.round;

function show() {
  const { round, stats, closed, large } = now;
  const { kind, state, ending } = round;
  byId("round").textContent = closed ? "This room is closed" : TITLES[kind];
  byId("state").textContent = closed ? "" : { paused: "paused", ended: "over" }[state] ?? "";
  const shown = gallery.show(isShown);
  document.body.classList.toggle("empty", shown.length === 0);
  byId("count").textContent = shown.length;
  byId("pupils").textContent = stats.pupils;
  byId("accuracy").textContent = stats.labelled ? `${Math.floor((100 * stats.right) / stats.labelled)} %` : "–";
  byId("accuracy-box").hidden = kind !== "draw" || !isRead;
  showMatrix(stats, kind);
  showHardest(stats, kind);
  showRate();
  showEnding(state === "ended" ? ending : null);
  showLarge(large && gallery.get(large));
}

function showRate() {
  const since_s = Date.now() / 1000 + clockAhead_s - 60;
  byId("rate").textContent = gallery.all().filter(({ hidden, sent_s }) => !hidden && sent_s > since_s).length;
}

/* What was meant, against what was read. Without tasks: how often each digit was read. */
function showMatrix({ confusion, said, labelled }, kind) {
  const hasTasks = kind === "draw" && labelled > 0;
  const hasRoom = isRead && labels.length <= MOST_IN_A_TABLE;
  byId("confusion").hidden = !hasTasks || !hasRoom;
  byId("seen").hidden = hasTasks || kind === "guess" || !hasRoom;
  if (hasTasks) {
    const most = Math.max(1, ...confusion.flat());
    [...byId("confusion").tBodies[0].rows].forEach((row, digit) => {
      [...row.cells].slice(1).forEach((cell, column) => {
        const count = confusion[digit][column];
        cell.textContent = count || "·";
        cell.dataset.level = count ? Math.ceil((4 * count) / most) : 0;
      });
    });
  } else {
    const most = Math.max(1, ...said);
    [...byId("seen").tBodies[0].rows].forEach((row, digit) => {
      row.querySelector("rect").setAttribute("width", (100 * said[digit]) / most);
      row.querySelector("span").textContent = said[digit];
    });
  }
}

function showHardest({ confusion }, kind) {
  const rates = confusion
    .map((row, digit) => ({ digit, total: row.reduce((a, b) => a + b, 0), right: row[digit] }))
    .filter(({ total, right }) => total >= 3 && right < total)
    .sort((a, b) => a.right / a.total - b.right / b.total);
  byId("hardest-box").hidden = kind !== "draw" || !isRead || rates.length === 0;
  byId("hardest").textContent = rates.slice(0, 3).map(({ digit }) => labels[digit]).join(" ");
}

function showEnding(ending) {
  byId("ending").hidden = ending === null;
  byId("live").hidden = ending !== null;
  if (ending === null) return;
  byId("learned").replaceChildren(
    ...ending.sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })),
  );
  byId("shown").replaceChildren(
    ...ending.drawings.map(gallery.get).filter(Boolean).map((drawing) => {
      const tile = document.createElement("li");
      const { mark, kind, text } = outcome(drawing);
      tile.className = `tile ${kind}`;
      tile.append(svgOf(drawing.strokes, `A drawing by ${drawing.name}`), note(`${mark} ${text}`, "note"), note(drawing.name, "by"));
      return tile;
    }),
  );
}

function showLarge(drawing) {
  const box = byId("large");
  box.hidden = !drawing || drawing.hidden;
  if (box.hidden) return;
  byId("large-ink").replaceChildren(svgOf(drawing.strokes, `A drawing by ${drawing.name}`));
  byId("large-by").textContent = drawing.name;
  byId("large-task").textContent = drawing.task === null ? "" : `Meant as ${withArticle(drawing.task)}`;
  byId("large-said").textContent = isRead ? drawing.reading.sentence : "";
  byId("large-votes").textContent = drawing.votes
    ? `${drawing.votes_right} of ${drawing.votes} people read ${withArticle(drawing.task)}`
    : "";
  byId("large-inside").replaceChildren(...[lookInside(drawing, "Look inside: why?")].filter(Boolean));
}

const note = (textContent, className) => Object.assign(document.createElement("p"), { textContent, className });

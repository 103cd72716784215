/*
 * Owns "What would change its mind": the map of what speaks for a digit, the pencil and the rubber on
 * the 28×28 picture, and the small change that makes it another digit. Must not know how they are found.
 */

import { withArticle } from "../reading/classes.js";
import { DIGIT_IMAGE_PX as SIDE } from "../reading/framing.js";
import { withPiece } from "./change.js";
import { choice, createBars, createPicture, element, ended, labelled, percent, placeInWords } from "./dom.js";
import { spoken } from "./mind.js";

const FOR = [255, 140, 26]; // orange and blue are told apart by nearly all eyes
const AGAINST = [92, 160, 255];
const MISSED = "#3cbe6e";
const CHANGED = "#ffde00";
const SCALE = 8; // pixels of the canvas to one of the picture
const FAINT = 0.35; // of the strongest: less is not worth a colour on paper
const TOOLS = {
  look: "Look",
  pencil: "Pencil",
  rubber: "Rubber",
};
const REST_MS = 150;
const RADII = { pencil: 1.2, rubber: 1.7 };

const { abs, hypot, max, min, round } = Math;

export function createMindView({ labels, noun }) {
  let state = null;
  let edited = null; // the digit image with what was drawn and rubbed out here
  let insight = null; // what `looked` found of `edited`
  let tool = "look";
  let cursor = { x: 14, y: 14 };
  let turn = 0; // of long work; what an older turn finds is not wanted

  const picture = createPicture({ tabindex: "0", role: "application", class: "pixels large" });
  const named = [...labels.entries()]; // a choice's value is a place among the classes
  const digit = choice(named);
  const rather = choice([["", "any other"], ...named]);
  const target = choice(named);
  const placeOf = ({ label }) => labels.indexOf(label);
  const asSpoken = ({ value }) => withArticle(labels[value], state.words);
  const find = element("button", { type: "button" }, "Find a small change");
  const undo = element("button", { type: "button" }, "Back to my drawing");
  const tools = Object.entries(TOOLS).map(([name, text]) => {
    const button = element("button", { type: "button", "aria-pressed": `${name === tool}` }, text);
    button.addEventListener("click", () => pick(name));
    return button;
  });
  const bars = createBars(`How sure it is of each ${noun}, of the picture here`, labels);
  const says = element("p", { class: "says", role: "status" });
  const story = element("p", { class: "says", role: "status" });
  const root = element("div", { class: "mind-view" },
    element("p", {}, "Which ink made it decide? Each bit was rubbed out, and read again."),
    element("div", { class: "beside" },
      element("div", {},
        picture.canvas,
        element("p", { class: "key" },
          element("span", { class: "for" }, "Orange ink"), ` speaks for the ${noun}. `,
          element("span", { class: "against" }, "Blue ink"), " speaks against it. ",
          element("span", { class: "missed" }, "Green dots"), ": ink here would help. ",
          element("span", { class: "changed" }, "Yellow grid"), ": changed by you or by a search."),
        element("div", { class: "row", role: "group", "aria-label": "Tools for the picture" }, ...tools, undo),
        element("p", { class: "hint-line" }, "Or with keys: arrows move the square, Space draws or rubs out."),
      ),
      element("div", {},
        element("div", { class: "row" }, labelled("What speaks for ", digit), labelled("rather than ", rather)),
        says,
        bars.list,
        element("div", { class: "row" }, labelled("Make it read as ", target), find),
        story,
      ),
    ),
  );

  function pick(name) {
    tool = name;
    tools.forEach((button, i) =>
      button.setAttribute("aria-pressed", `${Object.keys(TOOLS)[i] === name}`));
    paint();
  }

  /* Something is read anew; the map follows when nobody draws for a moment. */
  async function readAgain() {
    const mine = (turn += 1);
    const { ask } = state;
    const image = edited;
    insight = null;
    paint();
    const reading = image === state.digitImage
      ? state.reading
      : state.readingOf(await ask("read", { image }), image);
    if (mine !== turn) return;
    bars.show(reading.probabilities);
    says.textContent = ended(reading.sentence);
    if (reading.probabilities === null) return;
    says.textContent += " Looking for the reasons …";
    await new Promise((next) => setTimeout(next, REST_MS));
    const found = mine === turn ? await ask("looked", { image }) : null;
    if (mine !== turn || found === null) return;
    insight = found;
    paint();
    explain();
  }

  function map() {
    if (insight === null) return null;
    return spoken(insight, edited, Number(digit.value), rather.value === "" ? null : Number(rather.value));
  }

  function paint() {
    if (state === null) return;
    const { context } = picture;
    const found = tool === "look" ? map() : null;
    const most = found ? max(...found.ink.map(abs), ...found.paper.map(abs), 1e-6) : 1;
    picture.clear(SIDE * SCALE, SIDE * SCALE, sentence(found));
    edited.forEach((level, place) => {
      const [x, y] = [(place % SIDE) * SCALE, Math.floor(place / SIDE) * SCALE];
      if (level > 0) {
        const share = found ? found.ink[place] / most : 0;
        const hue = share > 0 ? FOR : AGAINST;
        const parts = hue.map((part) => (level / 255) * (255 + (part - 255) * min(1, abs(share) * 1.5)));
        context.fillStyle = `rgb(${parts.join(" ")})`;
        context.fillRect(x, y, SCALE, SCALE);
      }
      if (found && level < 77 && -found.paper[place] / most > FAINT) {
        context.fillStyle = MISSED;
        context.beginPath();
        context.arc(x + SCALE / 2, y + SCALE / 2, SCALE / 4, 0, 7);
        context.fill();
      }
      if (isChanged(place)) outline(x, y, CHANGED);
    });
    if (document.activeElement === picture.canvas) outline(cursor.x * SCALE, cursor.y * SCALE, "#fff");
  }

  function outline(x, y, colour) {
    picture.context.strokeStyle = colour;
    picture.context.strokeRect(x + 0.5, y + 0.5, SCALE - 1, SCALE - 1);
  }

  /* By pencil, rubber or a change that was found. */
  function isChanged(place) {
    return abs(edited[place] - state.digitImage[place]) > 80;
  }

  function sentence(found) {
    const what = "The 28 by 28 picture";
    if (tool !== "look") return `${what}, ${TOOLS[tool].toLowerCase()} in hand, row ${cursor.y + 1}, column ${cursor.x + 1}`;
    return found ? `${what}. ${reasons(found)}` : what;
  }

  function reasons(found) {
    const parts = [];
    const name = (values, sign) => {
      let best = -1;
      values.forEach((value, i) => {
        if (value * sign > 0 && (best < 0 || value * sign > values[best] * sign)) best = i;
      });
      return best < 0 ? null : placeInWords(best % SIDE, Math.floor(best / SIDE));
    };
    const [forIt, against, missed] = [name(found.ink, 1), name(found.ink, -1), name(found.paper, -1)];
    const than = rather.value === "" ? "" : ` rather than ${asSpoken(rather)}`;
    if (forIt) parts.push(`The ink ${forIt} speaks most for ${asSpoken(digit)}${than}.`);
    if (against) parts.push(`The ink ${against} speaks most against it.`);
    if (missed) parts.push(`More ink ${missed} would help it.`);
    return parts.join(" ");
  }

  function explain() {
    const found = map();
    if (found) says.textContent = reasons(found);
  }

  for (const select of [digit, rather]) {
    select.addEventListener("change", () => {
      paint();
      explain();
    });
  }

  find.addEventListener("click", async () => {
    const { ask, digitImage: image } = state;
    const wanted = Number(target.value);
    story.textContent = "Searching …";
    const found = await ask("changed", { image, target: wanted });
    if (image !== state.digitImage) return;
    if (found === null) {
      story.textContent = `No small change makes this ${asSpoken(target)}.`;
      return;
    }
    pick("look");
    edited = found.digitImage;
    readAgain();
    story.textContent = `${inWords(found.pieces)} Read again: ${labels[wanted]}, ${percent(found.probabilities[wanted])} sure.`;
  });

  undo.addEventListener("click", () => {
    edited = state.digitImage;
    story.textContent = "";
    readAgain();
  });

  /* The pencil and the rubber, by hand and by keys. */
  function apply(from, to) {
    if (tool === "look") return;
    edited = withPiece(edited, { isRubber: tool === "rubber", radius: RADII[tool], from, to });
    readAgain();
  }

  let last = null;
  const at = ({ clientX, clientY }) => {
    const box = picture.canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIDE - 0.5, ((clientY - box.top) / box.height) * SIDE - 0.5];
  };
  picture.canvas.addEventListener("pointerdown", (event) => {
    if (tool === "look" || event.button !== 0) return;
    picture.canvas.setPointerCapture(event.pointerId);
    last = at(event);
    apply(last, last);
  });
  picture.canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const now = at(event);
    apply(last, now);
    last = now;
  });
  for (const type of ["pointerup", "pointercancel"])
    picture.canvas.addEventListener(type, () => (last = null));
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  picture.canvas.addEventListener("keydown", (event) => {
    if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      const within = (value) => min(SIDE - 1, max(0, value));
      cursor = { x: within(cursor.x + dx), y: within(cursor.y + dy) };
      paint();
    } else if (event.key === " ") {
      if (tool === "look") pick("pencil");
      apply([cursor.x, cursor.y], [cursor.x, cursor.y]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  for (const type of ["focus", "blur"]) picture.canvas.addEventListener(type, paint);

  return {
    root,
    show(next) {
      state = next;
      edited = next.digitImage;
      story.textContent = "";
      const { reading } = next;
      if (reading.probabilities !== null) {
        digit.value = placeOf(reading);
        rather.value = reading.verdict === "unsure" ? placeOf(reading.runner_up) : "";
        target.value = placeOf(reading.runner_up);
      }
      readAgain();
    },
  };
}

/* What was changed, as a sentence. */
export function inWords(pieces) {
  const parts = pieces.map(({ isRubber, from, to }) => {
    const length = round(hypot(to[0] - from[0], to[1] - from[1])) + 2;
    const where = placeInWords(...[0, 1].map((axis) => (from[axis] + to[axis]) / 2));
    return isRubber ? `rub out ${length} pixels ${where}` : `add a line of ${length} pixels ${where}`;
  });
  const text = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : parts[0];
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

/*
 * Owns the teacher's page: rounds, the queue of what waits, who is here, one tap to hide.
 * The secret is behind the # of the address; it goes to the API in a header, and nowhere else.
 */

import { createGallery } from "./gallery.js";
import { ask, poll, url } from "./room.js";
import { TITLES } from "./words.js";

const byId = (id) => document.getElementById(id);
const { code } = byId("teacher").dataset;
const token = location.hash.slice(1);
let cursor = 0;
let now = null;

async function tell(method, path, body) {
  const { status, body: said } = await ask(url(code, path), { method, token, body });
  byId("trouble").textContent =
    status >= 200 && status < 300 ? "" : said?.error?.message ?? "The room does not answer. Try again.";
  wall.now();
  people.now();
}

const setHidden = (id, hidden) => tell("PATCH", `/drawings/${id}`, { hidden });

function button(text, act, label) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

const queue = createGallery(byId("queue"), {
  most: 50,
  make(tile, { id, name }) {
    tile.append(
      button("Show", () => setHidden(id, false), `Show the drawing by ${name}`),
      button("Hide", () => setHidden(id, true), `Hide the drawing by ${name}`),
    );
  },
});
const gallery = createGallery(byId("drawings"), {
  most: 120,
  make(tile, { id, name, hidden, waiting }) {
    tile.classList.toggle("hidden-one", hidden);
    if (waiting) return;
    tile.append(
      hidden
        ? button("Bring back", () => setHidden(id, false), `Bring back the drawing by ${name}`)
        : button("Hide", () => setHidden(id, true), `Hide the drawing by ${name}`),
    );
    if (!hidden) {
      tile.append(
        button("Large", () => tell("PATCH", "", { large: now.large === id ? null : id }), `Show the drawing by ${name} large`),
      );
    }
  },
});

const wall = poll({
  every_ms: 1_200,
  question: () => [url(code, `/wall?after=${cursor}`), { token }],
  heard(answer) {
    if (answer === null) return;
    if (answer.status !== 200) {
      byId("trouble").textContent = answer.body?.error?.message ?? "";
      return;
    }
    now = answer.body;
    cursor = now.cursor;
    for (const shown of [queue, gallery]) shown.add(now.drawings);
    if (!now.more) show();
    return now.more;
  },
  onTrouble: () => (byId("trouble").textContent = "The room does not answer just now. Trying again …"),
});

function show() {
  const { kind, state } = now.round;
  byId("round").textContent = TITLES[kind];
  byId("state").textContent = now.closed ? "closed" : state;
  for (const chosen of document.querySelectorAll("[data-kind]")) {
    chosen.setAttribute("aria-pressed", String(chosen.dataset.kind === kind && state !== "ended"));
    chosen.disabled = now.closed;
  }
  byId("pause").textContent = state === "paused" ? "Go on" : "Pause";
  byId("pause").disabled = byId("end").disabled = now.closed || state === "ended";
  byId("close").disabled = now.closed;
  byId("small").disabled = now.large === null;
  const waiting = queue.show((drawing) => drawing.waiting);
  byId("waiting").textContent = waiting.length;
  byId("nothing-waits").hidden = waiting.length > 0;
  gallery.show((drawing) => !drawing.waiting);
}

const people = poll({
  every_ms: 3_000,
  question: () => [url(code, "/pupils"), { token }],
  heard(answer) {
    if (answer === null || answer.status !== 200) return;
    const { pupils } = answer.body;
    byId("here").textContent = pupils.filter(({ here }) => here).length;
    byId("handed-in").textContent = pupils.filter(({ handed_in }) => handed_in > 0).length;
    const { activeElement } = document;
    const focused = activeElement?.dataset.pupil;
    byId("pupils").tBodies[0].replaceChildren(...pupils.map(rowOf));
    if (focused) document.querySelector(`[data-pupil="${focused}"]`)?.focus();
  },
});

function rowOf({ pupil, name, muted, here, handed_in, drawings }) {
  const row = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
  const cells = [here ? "here" : "away", handed_in, drawings].map((textContent) =>
    Object.assign(document.createElement("td"), { textContent }),
  );
  const mute = button(muted ? "Unmute" : "Mute", () => tell("PATCH", `/pupils/${pupil}`, { muted: !muted }), `${muted ? "Unmute" : "Mute"} ${name}`);
  mute.dataset.pupil = pupil;
  const last = document.createElement("td");
  last.append(mute);
  row.append(head, ...cells, last);
  row.classList.toggle("away", !here);
  return row;
}

for (const start of document.querySelectorAll("[data-kind]")) {
  start.addEventListener("click", () => tell("POST", "/rounds", { kind: start.dataset.kind }));
}
byId("pause").addEventListener("click", () =>
  tell("PATCH", `/rounds/${now.round.round}`, { state: now.round.state === "paused" ? "running" : "paused" }),
);
byId("end").addEventListener("click", () => tell("PATCH", `/rounds/${now.round.round}`, { state: "ended" }));
byId("small").addEventListener("click", () => tell("PATCH", "", { large: null }));
byId("close").addEventListener("click", () => tell("PATCH", "", { closed: true }));
byId("delete").addEventListener("click", async () => {
  if (!confirm("Delete this room with all its drawings? Nobody can bring them back.")) return;
  await tell("DELETE", "");
});

/* With the secret in a header, not in an address that a history keeps. */
byId("take-home").addEventListener("click", async () => {
  const answer = await fetch(url(code, "/export.zip"), { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) {
    byId("trouble").textContent = "The drawings could not be fetched. Try again in a moment.";
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `inkling-${code}.zip`;
  link.click();
  URL.revokeObjectURL(link.href);
});

const { status, body } = await ask(url(code, "/addresses"), { token });
if (status === 200) {
  byId("join-qr").src = body.join_qr;
  byId("teacher-qr").src = body.teacher_qr;
  byId("join-url").textContent = body.join_url.replace(/^https?:\/\//, "");
  byId("only-here").hidden = !body.only_here;
}
document.documentElement.classList.add("ready");

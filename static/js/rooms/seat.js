/*
 * Owns what this device keeps of a room: whose seat it is, and the drawings that the server has not
 * acknowledged. They outlive a refresh, a phone that sleeps, and a server that restarts.
 * Must not know how a drawing is made or shown.
 */

import { ask, isPassing, url } from "./room.js";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/* onAcknowledged(drawing, reading), onRefused(drawing, message), onChange({ waiting, isTrying }) */
export function createSeat(code, { onAcknowledged, onRefused, onChange }) {
  const name = `inkling room ${code}`;
  let memory = {}; // for a browser that keeps nothing for us
  let isSending = false;
  let failures = 0;
  let timer = null;

  function kept() {
    try {
      return JSON.parse(localStorage.getItem(name)) ?? memory;
    } catch {
      return memory;
    }
  }

  function keep(change) {
    memory = { queue: [], ...kept(), ...change };
    try {
      localStorage.setItem(name, JSON.stringify(memory));
    } catch {
      // Full, or not allowed: what is handed in now does not outlive the page.
    }
  }

  const queue = () => kept().queue ?? [];

  /* The pupil's seat: the one from before, or a new one. */
  async function join() {
    const { token, name: called } = kept();
    if (token) return { status: 200, name: called };
    const answer = await ask(url(code, "/pupils"), { method: "POST", body: {} });
    if (answer.status !== 201) return { status: answer.status, message: answer.body?.error?.message };
    keep({ token: answer.body.token, name: answer.body.name });
    return { status: 201, name: answer.body.name };
  }

  function leave() {
    keep({ token: null, name: null });
  }

  /* Kept first, then sent. */
  function handIn(drawing) {
    keep({ queue: [...queue(), drawing] });
    send();
  }

  async function send() {
    clearTimeout(timer);
    if (isSending) return;
    isSending = true;
    try {
      for (let next = queue()[0]; next; next = queue()[0]) {
        onChange({ waiting: queue().length, isTrying: failures > 0 });
        const { token } = kept();
        if (!token) return;
        const answer = await ask(url(code, "/drawings"), { method: "POST", token, body: next });
        if (isPassing(answer.status)) {
          failures += 1;
          const backoff_ms = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
          timer = setTimeout(send, Math.max(backoff_ms, answer.wait_ms) * (1 + Math.random() / 4));
          return;
        }
        failures = 0;
        keep({ queue: queue().filter(({ id }) => id !== next.id) });
        const isKept = answer.status === 200 || answer.status === 201;
        if (isKept) onAcknowledged(next, answer.body.reading);
        else onRefused(next, answer.body?.error?.message ?? "This drawing could not be handed in.");
      }
    } finally {
      isSending = false;
      onChange({ waiting: queue().length, isTrying: failures > 0 });
    }
  }

  window.addEventListener("online", send);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send();
  });
  return { join, leave, handIn, send, token: () => kept().token };
}

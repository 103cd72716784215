/*
 * Owns the button that opens a room, and goes to the teacher's page of it.
 */

import { ask } from "./room.js";

const button = document.getElementById("open");
const trouble = document.getElementById("trouble");
button.disabled = false;
button.addEventListener("click", async () => {
  button.disabled = true;
  const signs = document.getElementById("signs").value.split(/[\s,]+/).filter((sign) => sign !== "");
  const asked = signs.length > 0 ? { classes: signs } : {};
  const { status, body } = await ask("/api/rooms", { method: "POST", body: asked });
  button.disabled = false;
  if (status !== 201) {
    trouble.textContent = body?.error?.message ?? "Inkling is not answering. Try again in a moment.";
    return;
  }
  // Here, not at the address for other machines: this browser may be on the machine itself.
  location.href = `/r/${body.code}/teacher#${body.teacher_token}`;
});

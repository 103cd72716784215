/*
 * Owns the projector: the page fills the wall, with the address to join as a QR code.
 * Must not know what is drawn. Fetched when somebody presses its button.
 */

const ONLY_HERE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function createProjector({ root, answer, tools, focus, qr }) {
  const join = document.createElement("div");
  join.className = "join";
  const address = document.createElement("p");
  address.dir = "ltr";
  if (!qr) {
    address.textContent = location.host; // of a page without a server; none for a file
  } else if (ONLY_HERE.test(location.hostname)) {
    address.textContent = `Only this machine can open ${location.host}.`;
  } else {
    const code = document.createElement("img");
    code.src = qr;
    code.alt = "QR code of this page";
    join.append(code);
    address.textContent = `Join: ${location.host}`;
  }
  join.append(address);
  const leaving = document.createElement("button");
  leaving.type = "button";
  leaving.textContent = "Leave";
  leaving.addEventListener("click", leave);

  function enter() {
    root.classList.add("projector");
    answer.querySelector(".verdict").append(join);
    tools.append(leaving);
    focus();
    root.requestFullscreen?.().catch(() => {}); // an iPhone has none, a frame may forbid it
  }

  function leave() {
    if (!root.classList.contains("projector")) return;
    root.classList.remove("projector");
    join.remove();
    leaving.remove();
    if (document.fullscreenElement) document.exitFullscreen();
    focus();
  }

  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) leave();
  });
  return { enter };
}

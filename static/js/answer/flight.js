/*
 * Owns the flight of the ink from the pad into the small picture that the network sees.
 * Must not know what is drawn or read.
 */

const FLIGHT_MS = 450;

export function createFlight(canvas, image, { isStill }) {
  return function fly() {
    if (isStill()) return;
    const from = canvas.getBoundingClientRect();
    const to = image.getBoundingClientRect();
    if (to.width === 0 || from.bottom < 0) return;
    const ink = document.createElement("canvas");
    [ink.width, ink.height] = [canvas.width, canvas.height];
    ink.getContext("2d").drawImage(canvas, 0, 0);
    ink.className = "flying";
    ink.setAttribute("aria-hidden", "true");
    Object.assign(ink.style, {
      left: `${from.left}px`,
      top: `${from.top}px`,
      width: `${from.width}px`,
      height: `${from.height}px`,
    });
    document.body.append(ink);
    const there = `translate(${to.left - from.left}px, ${to.top - from.top}px)`;
    const flight = ink.animate(
      [
        { transform: "none", opacity: 0.5 },
        { transform: `${there} scale(${to.width / from.width})`, opacity: 0.5 },
      ],
      { duration: FLIGHT_MS, easing: "cubic-bezier(.5, 0, .7, 1)" },
    );
    flight.onfinish = flight.oncancel = () => ink.remove();
  };
}

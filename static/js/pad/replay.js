/*
 * Owns "Draw one for me": draws recorded strokes again, at the pace they were drawn.
 * Must not know the DOM beyond its clock. Whoever draws meanwhile takes over.
 */

export function createReplay(drawing, { isStill }) {
  let showing = 0;

  /* An example is { digit, strokes: [[[x, y, time_ms], …], …] }. */
  return function replay({ strokes }) {
    showing += 1;
    drawing.clear();
    if (isStill()) return strokes.forEach((stroke) => drawing.draw(stroke.map(place)));
    const turn = showing;
    const start_ms = performance.now();
    let edition = drawing.edition;
    let [at, next] = [0, 0];

    function frame(now_ms) {
      if (turn !== showing || drawing.edition !== edition) return;
      const elapsed_ms = now_ms - start_ms;
      while (at < strokes.length && strokes[at][next][2] <= elapsed_ms) {
        const point = place(strokes[at][next]);
        if (next === 0) drawing.begin(point);
        else drawing.extend([point]);
        next += 1;
        if (next === strokes[at].length) {
          drawing.end();
          [at, next] = [at + 1, 0];
        }
      }
      edition = drawing.edition;
      if (at < strokes.length) requestAnimationFrame(frame);
    }
    requestAnimationFrame(frame);
  };
}

function place([x, y]) {
  return [x, y];
}

/*
 * Owns the film: the readings of one drawing while it grew, and the slider over them. It is a strip in
 * which the height of a digit is its probability.
 * Must not know where a reading comes from, or how a moment is shown.
 */

const MOST_MOMENTS = 300; // half a minute of drawing; past that, every other moment is dropped
const MOST_LEADERS = 4; // fit on a phone's line …
const MOST_FIGURES = 14; // … if they have no more figures than these
const LABEL_PX = 13;

/* labels: of the classes. onMoment(moment): the visitor looks at it; { strokes, reading, isLast }. */
export function createFilm(root, { labels, onMoment }) {
  const [strip, slider, story] = ["canvas", "input", "p"].map((tag) => root.querySelector(tag));
  const invitation = story.textContent;
  const NUMBER = labels.length; // the band of a number of several digits, above those of the classes
  let moments = [];

  function add(moment) {
    const isAtEnd = !isPast();
    moments.push(moment);
    if (moments.length > MOST_MOMENTS) moments = moments.filter((_, i) => i % 2 === 0);
    slider.max = moments.length - 1;
    if (isAtEnd) leave();
    slider.disabled = moments.length < 2;
    paint();
  }

  function clear() {
    moments = [];
    slider.max = 0;
    slider.disabled = true;
    leave();
    story.textContent = invitation;
    paint();
  }

  function isPast() {
    return Number(slider.value) < moments.length - 1;
  }

  function leave() {
    slider.value = slider.max;
    sayWhere();
  }

  function look() {
    sayWhere();
    onMoment({ ...moments[slider.value], isLast: !isPast() });
  }

  function sayWhere() {
    const seen = moments[slider.value];
    const where = `${Number(slider.value) + 1} of ${moments.length}`;
    slider.setAttribute("aria-valuetext", seen ? `${where}: ${seen.reading.sentence}` : "");
  }

  /* Only with the pen up, because nobody reads words that change during a drawing. */
  function tell() {
    if (moments.length > 0) story.textContent = `${storyOf(moments)} Slide to look back.`;
  }

  function paint() {
    const style = getComputedStyle(root);
    const scale = window.devicePixelRatio;
    const [width, height] = [strip.clientWidth, strip.clientHeight];
    strip.width = Math.round(width * scale);
    strip.height = Math.round(height * scale);
    const context = strip.getContext("2d");
    context.scale(scale, scale);
    if (moments.length === 0) return;
    const colour = (name) => style.getPropertyValue(name).trim();
    const bandOf = ({ number, label }) => (number ? NUMBER : labels.indexOf(label));
    const shares = moments.map(({ reading }) => [
      ...(reading.probabilities ?? labels.map(() => 0)),
      reading.number ? reading.confidence : 0,
    ]);
    const last = bandOf(moments.at(-1).reading);
    const x = (i) => (moments.length === 1 ? i * width : (i * width) / (moments.length - 1));
    const line = shares.length === 1 ? [shares[0], shares[0]] : shares;
    let below = line.map(() => 0);
    for (let digit = 0; digit <= NUMBER; digit += 1) {
      const above = line.map((share, i) => below[i] + share[digit]);
      const band = new Path2D();
      line.forEach((_, i) => band.lineTo(x(i), height * (1 - below[i])));
      for (let i = line.length - 1; i >= 0; i -= 1) band.lineTo(x(i), height * (1 - above[i]));
      context.fillStyle = colour(digit === last ? "--accent" : "--fill");
      context.globalAlpha = digit === last || digit % 2 ? 1 : 0.6;
      context.fill(band);
      below = above;
    }
    context.globalAlpha = 1;
    context.font = `600 ${LABEL_PX}px ${style.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = colour("--on-accent");
    for (const { said, from, to } of runsOf(moments)) {
      const middle = Math.min(line.length - 1, Math.round((from + to) / 2));
      const digit = bandOf(moments[from].reading);
      const under = line[middle].slice(0, digit).reduce((sum, share) => sum + share, 0);
      const share = line[middle][digit];
      const run = [x(Math.max(0, from - 0.5)), x(Math.min(line.length - 1, to + 0.5))];
      if (run[1] - run[0] < context.measureText(said).width + 4 || share * height < LABEL_PX * 0.8) continue;
      context.fillText(said, (run[0] + run[1]) / 2, height * (1 - under - share / 2) + 1);
    }
  }

  slider.addEventListener("input", look);

  /* iOS moves a slider by its thumb alone; here a finger may come down anywhere. */
  function follow(event) {
    const box = slider.getBoundingClientRect();
    slider.value = Math.round(((event.clientX - box.left) / box.width) * slider.max);
    look();
  }
  slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || slider.disabled) return;
    event.preventDefault();
    slider.focus({ preventScroll: true });
    slider.setPointerCapture(event.pointerId);
    follow(event);
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) follow(event);
  });
  new ResizeObserver(paint).observe(strip);

  return {
    add,
    clear,
    leave,
    tell,
    paint,
    /* The strokes of the moment that the visitor looks back at. */
    get past() {
      return isPast() ? moments[slider.value].strokes : null;
    },
  };
}

/* Moments in a row with the same number or the same likeliest digit. */
function runsOf(moments) {
  const runs = [];
  moments.forEach(({ reading: { number, label } }, i) => {
    const said = number ?? label;
    if (runs.at(-1)?.said === said) runs.at(-1).to = i;
    else runs.push({ said, from: i, to: i });
  });
  return runs;
}

/* "First 7, then 2, now 3." */
function storyOf(moments) {
  const sure = moments.filter(({ reading }) => reading.verdict !== "not_a_digit");
  const all = runsOf(sure);
  const leaders = all.map(({ said }) => said).slice(-MOST_LEADERS);
  while (leaders.length > 1 && leaders.join("").length > MOST_FIGURES) leaders.shift();
  if (leaders.length === 0) return "No idea yet.";
  const last = leaders.pop();
  const [first, ...between] = leaders;
  if (first === undefined && all.length > 1) return `Now ${last}.`;
  if (first === undefined) {
    return moments[0] === sure[0] ? `${last} all along.` : `No idea at first, then ${last}.`;
  }
  const then = between.length > 0 ? `, then ${between.join(", ")}` : "";
  return `First ${first}${then}, now ${last}.`;
}

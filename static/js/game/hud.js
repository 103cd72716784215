/*
 * Owns what a player sees of the round, in the place of the verdict: the digit to draw, the time left.
 * Must not know the rules.
 */

export function createHud(answer) {
  const hud = document.createElement("p");
  hud.className = "hud";
  hud.hidden = true;
  const [draw, target, left] = ["span", "b", "span"].map((tag) => document.createElement(tag));
  draw.textContent = "Draw";
  hud.append(draw, target, left);
  answer.querySelector(".verdict").after(hud);

  function set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  return {
    show(now) {
      hud.hidden = false;
      answer.classList.add("playing");
      set(target, String(now.target));
      set(left, `${now.left_s} s`);
    },
    hide() {
      hud.hidden = true;
      answer.classList.remove("playing");
    },
  };
}

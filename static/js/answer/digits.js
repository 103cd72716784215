/*
 * Owns the digits of a number on the page: radio buttons, one of them chosen.
 * Must not know what is shown of the chosen digit.
 */

/* onChosen(index): a person chose another digit. */
export function createDigits(root, { onChosen }) {
  const radios = [];

  function add() {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "digit", autocomplete: "off" });
    const index = radios.push(radio) - 1;
    radio.addEventListener("change", () => onChosen(index));
    label.append(radio, document.createElement("span"));
    root.append(label);
  }

  /* digits: their readings; none hides the digits. Those that stay keep the focus. */
  return function showDigits(digits, chosen) {
    root.hidden = digits.length === 0;
    root.style.setProperty("--count", digits.length);
    if (radios.length === 0) for (const label of root.querySelectorAll("label")) label.remove(); // the server's
    while (radios.length < digits.length) add();
    while (radios.length > digits.length) radios.pop().parentElement.remove();
    digits.forEach(({ digit, sentence }, index) => {
      radios[index].checked = index === chosen;
      radios[index].setAttribute("aria-label", sentence);
      radios[index].nextSibling.textContent = digit;
    });
  };
}

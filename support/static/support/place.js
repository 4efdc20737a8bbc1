// Draws the address as the chosen country writes it; without this script a button does it.
for (const choice of document.querySelectorAll("[data-reformat]")) {
  const byHand = choice.form.querySelector("[data-reformat-by-hand]");
  byHand.hidden = true;
  choice.addEventListener("change", () => choice.form.requestSubmit(byHand.querySelector("button")));
}

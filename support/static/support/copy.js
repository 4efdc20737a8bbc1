// Buttons that copy or share the text of a field; without this script the field itself can be copied.
const words = (name) => document.getElementById(name).value;
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(words(button.dataset.copy));
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 1500);
  });
}
for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  // Closing the phone's own sheet is no error.
  button.addEventListener("click", () => navigator.share({ text: words(button.dataset.share) }).catch(() => {}));
}

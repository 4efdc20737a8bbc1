// A button that copies the text of a field; without this script the field itself can be copied.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.disabled = true;
    setTimeout(() => { button.disabled = false; }, 1500);
  });
}

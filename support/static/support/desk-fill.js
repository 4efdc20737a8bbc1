// Puts a reply that is kept ready into its form, where the cursor then stands.
// Without it the link loads the page with the form filled in.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    const link = event.target.closest("[data-fill]");
    if (!link || event.ctrlKey || event.metaKey) return;
    const panel = document.getElementById(link.dataset.fill);
    if (!panel) return;
    event.preventDefault();
    let last = null;
    for (const kept of link.parentElement.querySelectorAll("[data-field]")) {
      const field = document.getElementById(link.dataset.fill + "-" + kept.dataset.field);
      if (!field) continue;
      if (field.type === "checkbox") field.checked = kept.value === "True";
      else { field.value = kept.value; last = field; }
    }
    link.closest("details.ready").open = false;
    if (last) last.focus();
  });
})();

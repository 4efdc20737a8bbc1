// Takes the PIN off the screen when its time is over, when the page is left or put aside, and when
// it comes back from the browser's cache. Without this script the page leaves by itself (the
// answer's Refresh header) and is kept nowhere (no-store).
(function () {
  "use strict";
  var page = document.querySelector("[data-shown-seconds]");
  if (!page) return;
  function clear() {
    page.querySelectorAll("[data-secret]").forEach(function (secret) { secret.remove(); });
  }
  function leave() {
    clear();
    window.location.replace(page.dataset.back);
  }
  window.setTimeout(leave, Number(page.dataset.shownSeconds) * 1000);
  window.addEventListener("pagehide", clear);
  window.addEventListener("pageshow", function (event) { if (event.persisted) leave(); });
})();

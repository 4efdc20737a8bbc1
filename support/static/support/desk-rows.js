// Shows in the list of tickets who is at which, every two seconds while the page is looked at.
// Without this script the list shows who was there when it was drawn.
(function () {
  "use strict";
  const table = document.querySelector("[data-rows]");
  const mark = document.getElementById("at-it");
  if (!table || !mark) return;
  const EVERY_MS = 2000;

  function show(here) {
    for (const row of table.querySelectorAll("[data-row]")) {
      const place = row.querySelector("[data-at-it]");
      const names = here[row.dataset.row] || [];
      if (place.textContent.trim() === names.join("")) continue;
      place.replaceChildren(...names.map(function (name) {
        const sign = mark.content.cloneNode(true);
        sign.querySelector("span > span").textContent = name;
        return sign;
      }));
    }
  }

  async function ask() {
    if (document.hidden) return;
    try {
      const answer = await fetch(table.dataset.here, { headers: { "X-Quiet": "1" } });
      if (answer.ok && !answer.redirected) show((await answer.json()).here);
    } catch (away) { /* the next one may come through */ }
  }
  window.setInterval(ask, EVERY_MS);
})();

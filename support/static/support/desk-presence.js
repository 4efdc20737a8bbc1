// Tells that this ticket is open here, and shows who else has it open and whether it has changed,
// every two seconds while the page is looked at. Without it the page shows who was there before.
(function () {
  "use strict";
  const EVERY_MS = 2000;
  const QUIET = { headers: { "X-Quiet": "1" } };
  const IDLE_MS = 10 * 60 * 1000;
  let touched = Date.now();

  function page() { return document.querySelector("[data-ticket]"); }

  function isWriting() {
    const field = document.activeElement;
    return Boolean(field && field.closest("[data-ticket] form") && field.value && field.matches("textarea"));
  }

  function show(answer) {
    const list = document.querySelector("[data-here-list]");
    const one = document.querySelector("[data-here-one]");
    const word = document.querySelector("[data-writes-word]").textContent;
    const names = answer.here.map(function (row) { return row.writes ? row.name + " " + word : row.name; });
    if (list.dataset.names !== names.join("|")) {
      list.dataset.names = names.join("|");
      list.replaceChildren(...names.map(function (name) {
        const sign = one.content.cloneNode(true);
        sign.querySelector("span > span").textContent = name;
        return sign;
      }));
    }
    const changed = String(answer.version) !== page().dataset.version;
    document.querySelector("[data-changed]").hidden = !changed;
  }

  async function tell() {
    if (!page() || document.hidden || Date.now() - touched > IDLE_MS) return;
    try {
      const answer = await fetch(page().dataset.here + (isWriting() ? "?writing" : ""), QUIET);
      if (answer.ok && !answer.redirected) show(await answer.json());
    } catch (away) { /* the next one may come through */ }
  }

  for (const kind of ["keydown", "pointerdown", "scroll"]) {
    document.addEventListener(kind, function () { touched = Date.now(); }, { passive: true });
  }
  window.addEventListener("pagehide", function () {
    if (page()) fetch(page().dataset.here + "?leaving", Object.assign({ keepalive: true }, QUIET));
  });
  window.setInterval(tell, EVERY_MS);

  // The ten seconds of an undo, by the server's clock.
  window.setInterval(function () {
    const undo = document.querySelector("[data-undo]");
    if (!undo) return;
    if (!undo.dataset.hideAt) {
      undo.dataset.hideAt = Date.now() + (new Date(undo.dataset.until) - new Date(undo.dataset.now));
    }
    if (Date.now() > Number(undo.dataset.hideAt)) undo.remove();
  }, 500);
})();

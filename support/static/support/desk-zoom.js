// Makes pictures larger, smaller, and turns them, where they are: by buttons, and by + and -.
// Without it a picture is opened on a page of its own.
(function () {
  "use strict";
  const STEP = 1.4;
  const MOST = 8;

  function draw(img) {
    const zoom = Number(img.dataset.zoom || 1);
    const turn = Number(img.dataset.turn || 0);
    img.style.width = zoom === 1 ? "" : zoom * 100 + "%";
    img.style.maxWidth = zoom === 1 ? "" : "none";
    img.style.maxHeight = zoom === 1 ? "" : "none";
    img.style.transform = turn ? "rotate(" + turn + "deg)" : "";
  }

  function change(img, how) {
    const zoom = Number(img.dataset.zoom || 1);
    if (how === "in") img.dataset.zoom = Math.min(MOST, zoom * STEP);
    if (how === "out") img.dataset.zoom = Math.max(1, zoom / STEP);
    if (how === "turn") img.dataset.turn = (Number(img.dataset.turn || 0) + 90) % 360;
    draw(img);
  }

  function pictures() { return document.querySelectorAll("[data-item] .picture img"); }

  function equip() {
    const tools = document.getElementById("zoom-tools");
    if (!tools) return;
    for (const img of pictures()) {
      const frame = img.closest(".picture");
      if (frame.nextElementSibling && frame.nextElementSibling.matches(".zoom-tools")) continue;
      frame.after(tools.content.cloneNode(true));
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-zoom]");
    if (!button || button.matches("img")) return;
    const img = button.closest("[data-item]").querySelector(".picture img");
    if (img) change(img, button.dataset.zoom);
  });
  document.addEventListener("desk:zoom", function (event) {
    const near = document.activeElement && document.activeElement.closest("[data-item]");
    const img = (near || document).querySelector("[data-item] .picture img, .picture img");
    if (img) change(img, event.detail);
  });
  document.addEventListener("desk:drawn", equip);
  equip();
})();

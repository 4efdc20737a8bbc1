// Ctrl or Cmd and K: everything that can be done on this page, found by typing some of its words.
// The menu is made of the page's own links, buttons and panels: nothing is only here.
(function () {
  "use strict";
  const menu = document.getElementById("desk-menu");
  if (!menu) return;
  const field = menu.querySelector("input");
  const list = menu.querySelector("ul");

  // What this ticket wants first: its evidence, its decisions, then the ways elsewhere.
  const ORDER = [
    "[data-item] summary[data-menu]",
    ".decide summary, .desk-below .panel > summary, .undo button",
    ".head-actions button, .desk-head button, .desk-head .button, .queue-views a, .slice h2 a, .nav-main a, [data-slice]",
  ];

  function words(thing) { return (thing.dataset.menu || thing.textContent).trim().replace(/\s+/g, " "); }

  function things() {
    const found = ORDER.flatMap(function (which) { return [...document.querySelectorAll(which)]; });
    return [...new Set(found)].filter(function (one) { return one.offsetParent !== null && words(one); });
  }

  function go(thing) {
    menu.close();
    if (thing.matches("summary")) {
      thing.parentElement.open = true;
      const form = thing.parentElement.querySelector("form");
      const first = form && (form.querySelector("textarea, select, input:not([type=hidden])") || form.querySelector("button"));
      (first || thing).focus();
    } else thing.click();
  }

  function draw() {
    const typed = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = things().filter(function (thing) {
      const text = words(thing).toLowerCase();
      return typed.every(function (word) { return text.includes(word); });
    });
    list.replaceChildren(...fits.slice(0, 12).map(function (thing) {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = words(thing);
      button.addEventListener("click", function () { go(thing); });
      row.append(button);
      return row;
    }));
  }

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (menu.open) { menu.close(); return; }
      field.value = "";
      draw();
      menu.showModal();
      field.focus();
    } else if (menu.open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const all = [field, ...list.querySelectorAll("button")];
      const at = all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      all[Math.max(0, Math.min(all.length - 1, at))].focus();
    } else if (menu.open && event.key === "Enter" && document.activeElement === field) {
      event.preventDefault();
      const first = list.querySelector("button");
      if (first) first.click();
    }
  });
  field.addEventListener("input", draw);
})();

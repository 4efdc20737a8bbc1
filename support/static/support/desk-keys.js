// Single keys for what the page's own links and buttons do. They can be switched off and changed
// (WCAG 2.1.4), and never do anything while somebody types. Without this script nothing is lost.
(function () {
  "use strict";
  const help = document.getElementById("keys-help");
  if (!help) return;
  const isOn = help.dataset.keysOn === "yes";
  const actionOf = new Map();
  for (const row of help.querySelectorAll("[data-key-of]")) {
    actionOf.set(row.querySelector("kbd").textContent, row.dataset.keyOf);
  }

  function types(field) {
    if (!field) return false;
    if (field.isContentEditable || field.matches("textarea, select")) return true;
    return field.matches("input") && !["checkbox", "radio", "button", "submit"].includes(field.type);
  }

  function rows() { return [...document.querySelectorAll("[data-row] a, [data-slice]")]; }

  function step(by) {
    const found = rows();
    const slice = document.querySelector("[data-slice][aria-current]");
    if (slice) {
      const next = found[found.indexOf(slice) + by];
      if (next) window.location.assign(next.href);
      return;
    }
    const here = found.indexOf(document.activeElement);
    const next = found[Math.max(0, Math.min(found.length - 1, here + by))];
    if (next) next.focus();
  }

  function openFirst() {
    const link = document.activeElement.closest("[data-row] a") || document.querySelector("[data-item] .picture") || rows()[0];
    if (link) window.location.assign(link.href);
  }

  function press(name) {
    const found = document.querySelector('[data-key="' + name + '"]');
    if (!found) return;
    if (found.matches("summary")) {
      found.parentElement.open = true;
      const field = found.parentElement.querySelector(
        "form textarea, form select, form input:not([type=hidden])");
      (field || found).focus();
      found.parentElement.scrollIntoView({ block: "nearest" });
    } else if (found.matches("input")) found.focus();
    else if (found.matches("[data-blocked]")) {
      found.focus();  // why it cannot be done now, and what can be
      found.scrollIntoView({ block: "nearest" });
    }
    else found.click();
  }

  // What is folded away keeps a place of its own: only what can be seen is numbered.
  function ticks() {
    const boxes = document.querySelectorAll("[data-item] form input[type=checkbox][name=ticks]");
    return [...boxes].filter(function (box) { return !box.closest("details:not([open])"); });
  }

  function tick(number) {
    const box = ticks()[number - 1];
    if (!box) return;
    box.checked = !box.checked;
    box.focus();
  }

  const DO = {
    down: function () { step(1); },
    up: function () { step(-1); },
    open: openFirst,
    help: function () { help.showModal(); },
  };

  document.addEventListener("keydown", function (event) {
    const field = document.activeElement;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const form = field && field.closest("main form");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("button:not([type=button])")); }
      return;
    }
    if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (types(field) || document.querySelector("dialog[open]")) return;
    const action = actionOf.get(event.key);
    if (action) {
      event.preventDefault();
      (DO[action] || press)(action);
    } else if (/^[1-9]$/.test(event.key)) {
      tick(Number(event.key));
    } else if (event.key === "+" || event.key === "-") {
      document.dispatchEvent(new CustomEvent("desk:zoom", { detail: event.key === "+" ? "in" : "out" }));
    }
  });

  // Escape leaves a field, so that the keys work again.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && types(document.activeElement)) document.activeElement.blur();
  });

  // The numbers stand beside what they tick.
  function number() {
    const open = ticks();
    for (const mark of document.querySelectorAll(".tick-number")) mark.remove();
    open.slice(0, 9).forEach(function (box, at) {
      const mark = document.createElement("kbd");
      mark.className = "tick-number";
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = at + 1;
      box.after(mark);
    });
  }
  if (isOn) {
    document.addEventListener("desk:drawn", number);
    document.addEventListener("toggle", number, true);
    number();
  }
})();

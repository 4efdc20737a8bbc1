// Sends the forms of a ticket without leaving its page: the answer takes the page's place, what was
// typed elsewhere stays, and so does the place on the page. Without it the page is loaded anew.
(function () {
  "use strict";

  function typed() {
    const kept = new Map();
    for (const field of document.querySelectorAll("[data-ticket] textarea, [data-ticket] input, [data-ticket] select")) {
      if (!field.id || field.type === "hidden") continue;
      const was = field.matches("select")
        ? [...field.options].find(function (option) { return option.defaultSelected; })
        : null;
      const changed = field.type === "checkbox" || field.type === "radio"
        ? field.checked !== field.defaultChecked
        : field.matches("select") ? field.value !== (was ? was.value : field.options[0].value)
          : field.value !== field.defaultValue;
      if (field.type === "file") { if (field.files.length) kept.set(field.id, field.files); continue; }
      if (changed) kept.set(field.id, field.checked === undefined ? field.value : [field.checked, field.value]);
    }
    return kept;
  }

  function putBack(kept) {
    for (const [id, value] of kept) {
      const field = document.getElementById(id);
      if (!field) continue;
      if (field.type === "file") { field.files = value; continue; }
      if (Array.isArray(value)) {
        if (field.type === "checkbox" || field.type === "radio") field.checked = value[0];
        else field.value = value[1];
      } else field.value = value;
    }
  }

  function opened() {
    return [...document.querySelectorAll("[data-ticket] details[id][open]")].map(function (d) { return d.id; });
  }

  function take(text, address, form) {
    const now = new DOMParser().parseFromString(text, "text/html");
    const main = now.getElementById("main");
    if (!main || !main.querySelector("[data-ticket]")) return false;
    const sent = new Set([...form.elements].map(function (field) { return field.id; }));
    const kept = typed();
    for (const id of sent) kept.delete(id);
    const at = window.scrollY;
    document.getElementById("main").replaceChildren(...main.childNodes);
    document.title = now.title;
    if (address !== window.location.href) window.history.replaceState(null, "", address);
    putBack(kept);
    window.scrollTo(0, at);
    const wrong = document.querySelector("[role=alert]");
    if (wrong) wrong.scrollIntoView({ block: "nearest" });
    document.dispatchEvent(new CustomEvent("desk:drawn"));
    return true;
  }

  document.addEventListener("submit", async function (event) {
    const form = event.target;
    if (!form.closest("[data-ticket]") || form.method !== "post" || form.target) return;
    if (!form.matches("[data-swap], [data-item] form, [data-undo]")) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    const filled = new FormData(form, event.submitter);
    const body = form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
      const address = answer.redirected ? answer.url : window.location.href;
      const text = await answer.text();
      const view = new URLSearchParams(window.location.search).get("view");
      const same = new URL(address);
      if (view && answer.redirected) same.searchParams.set("view", view);
      if (take(text, same.href, form)) return;
      if (answer.redirected) { window.location.assign(answer.url); return; }
      document.open(); document.write(text); document.close();
    } catch (away) {
      delete form.dataset.sent;
      form.submit();
    }
  });
})();

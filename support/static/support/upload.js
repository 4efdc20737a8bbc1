// Sends files one by one, with progress and an answer for each; what failed can be tried again.
// Without this script the form sends all of them at once, and the page says what became of each.
for (const form of document.querySelectorAll("[data-send-files]")) {
  const words = form.dataset;
  const list = form.querySelector(".sending");
  const button = form.querySelector(".actions button");
  let failed = 0;

  const send = (file, line, progress) => new Promise((done) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    for (const input of form.querySelectorAll("input[type=hidden], select")) {
      if (input.name !== "form_key") body.append(input.name, input.value);
    }
    body.append("files", file, file.name);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress.value = event.loaded / event.total;
    });
    const end = () => {
      let errors;
      try { errors = JSON.parse(request.responseText).errors; } catch { /* no answer of ours */ }
      const arrived = request.status === 200 && errors?.length === 0;
      done(arrived ? [] : errors?.length ? errors : [`${file.name} ${words.wordsFailed}`]);
    };
    request.addEventListener("load", end);
    request.addEventListener("error", end);
    request.addEventListener("abort", end);
    request.send(body);
  });

  const carry = async (file, line) => {
    line.className = "";
    line.textContent = `${file.name} ${words.wordsSending}`;
    const progress = document.createElement("progress");
    progress.max = 1;
    line.append(progress);
    const errors = await send(file, line, progress);
    progress.remove();
    if (errors.length === 0) {
      line.textContent = `${file.name} ${words.wordsArrived}`;
      return true;
    }
    line.className = "went-wrong";
    line.textContent = errors.join(" ");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "quiet";
    again.textContent = words.wordsAgain;
    again.addEventListener("click", async () => {
      if (await carry(file, line)) { failed -= 1; finish(); }
    });
    line.append(" ", again);
    return false;
  };

  const finish = () => {
    if (failed === 0) window.location.assign(words.then);
  };

  form.addEventListener("submit", async (event) => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    if (files.length === 0) return;
    event.preventDefault();
    button.disabled = true;
    list.hidden = false;
    list.replaceChildren();
    failed = 0;
    for (const file of files) {
      const line = document.createElement("li");
      list.append(line);
      if (!await carry(file, line)) failed += 1;
    }
    for (const input of form.querySelectorAll("input[type=file]")) input.value = "";
    button.disabled = false;
    finish();
  });
}

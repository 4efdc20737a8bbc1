// Passkeys: asks the browser's authenticator what the server asked, and sends the answer along.
// Without this script the form works with the authenticator app's digits.
const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function asked(options) {
  const key = (known) => ({ ...known, id: bytes(known.id) });
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  options.allowCredentials = options.allowCredentials?.map(key);
  options.excludeCredentials = options.excludeCredentials?.map(key);
  return { publicKey: options };
}

function answered(credential) {
  const said = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) said[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said,
    clientExtensionResults: {},
  });
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  const form = button.form;
  const why = form.querySelector("[data-passkey-problem]");
  if (!window.PublicKeyCredential) continue;
  button.closest("[hidden]")?.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    const missing = [...form.elements].find((field) => field.hasAttribute("data-needed") && !field.value);
    if (missing) { missing.focus(); return; }
    button.disabled = true;
    why.hidden = true;
    try {
      const options = asked(JSON.parse(button.dataset.passkey));
      const credential = button.dataset.passkeyNew === undefined
        ? await navigator.credentials.get(options)
        : await navigator.credentials.create(options);
      form.querySelector("[name$=passkey]").value = answered(credential);
      form.submit();
    } catch {
      button.disabled = false;
      why.hidden = false;
    }
  });
}

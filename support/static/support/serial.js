// Reads the serial number off a photo of the label's code, where the browser can. The photo goes
// nowhere, and of what the code says only the serial is taken. Elsewhere nothing shows.
const reader = document.querySelector("[data-read-code]");
if (reader && "BarcodeDetector" in window) {
  const photo = reader.querySelector("input");
  const said = reader.querySelector("[role=status]");
  const field = document.querySelector("[name=serial_typed]");
  const serial = /(?<![A-Z0-9])[A-Z]{3}[0-9]{6}(?![A-Z0-9])/;
  reader.hidden = false;
  photo.addEventListener("change", async () => {
    let found = null;
    try {
      const codes = await new BarcodeDetector().detect(await createImageBitmap(photo.files[0]));
      found = codes.map((code) => serial.exec(code.rawValue.toUpperCase())).find(Boolean) ?? null;
    } catch { /* a file that is no picture: as if nothing was on it */ }
    photo.value = "";
    if (found) field.value = found[0];
    said.textContent = found ? `${reader.dataset.wordsFound} ${found[0]}` : reader.dataset.wordsNone;
  });
}

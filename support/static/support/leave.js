// Leave at once: the page goes blank, and the neutral one takes its place in the history. Escape
// three times within two seconds does the same. Without this script the link leads there as well.
const way = document.querySelector("[data-leave]");
if (way) {
  const leave = () => {
    document.documentElement.hidden = true;
    location.replace(way.href);
  };
  way.addEventListener("click", (event) => { event.preventDefault(); leave(); });
  let pressed = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pressed = [...pressed, event.timeStamp].slice(-3);
    if (pressed.length === 3 && pressed[2] - pressed[0] < 2000) leave();
  });
}

// The slime in the vitrine at the head of the lab page: its idle animation, still where motion is unwelcome.

const FOLDER = "/static/assets/";
const TICK_MS = 1000 / 60; // sprites.json counts in ticks of the simulator

/** Shows the slime on `canvas`; rejects where the art cannot be loaded. */
export async function showSpecimen(canvas) {
  const response = await fetch(`${FOLDER}sprites.json`);
  if (!response.ok) throw new Error(`sprites.json: HTTP ${response.status}`);
  const { slime } = await response.json();
  const image = new Image();
  image.src = FOLDER + slime.image;
  await image.decode();
  const [width, height] = slime.frame;
  const { frames, ticks } = slime.animations.idle;
  const context = canvas.getContext("2d");
  canvas.width = width * 2;
  canvas.height = height * 2;
  context.imageSmoothingEnabled = false;
  const draw = (frame) => {
    const column = frame % slime.columns;
    const row = Math.floor(frame / slime.columns);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, column * width, row * height, width, height, 0, 0, canvas.width, canvas.height);
  };
  draw(frames[0]);
  canvas.dataset.drawn = "yes"; // for who waits for the whole page
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  let shown = 0;
  setInterval(() => {
    shown = (shown + 1) % frames[1];
    draw(frames[0] + shown);
  }, ticks * TICK_MS);
}

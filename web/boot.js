// The page's first script, and the only one that is no module: it starts the game, and says so when the
// game's modules cannot be had. A frame that keeps the page from its own origin (sandbox without
// allow-same-origin) refuses every module; a classic script still runs there.

(() => {
  const TEXTS = {
    framed:
      "This frame does not let the page load its own parts. Open the page in a window of its own: it plays there.",
    missing: "The rules of the duel could not be loaded. The server may be away for a moment.",
  };

  function fail(error) {
    console.error(error);
    const isFramed = self.origin === "null";
    document.getElementById("overlay").dataset.screen = "failure";
    for (const screen of document.querySelectorAll(".screen")) screen.hidden = screen.id !== "failure";
    document.getElementById("failure-text").textContent = isFramed ? TEXTS.framed : TEXTS.missing;
    const retry = document.getElementById("failure-retry");
    retry.onclick = () => location.reload(); // a module that failed once stays failed until then
    retry.hidden = isFramed;
    const link = document.getElementById("failure-open");
    link.href = location.href;
    link.hidden = !isFramed;
    (isFramed ? link : retry).focus({ preventScroll: true });
  }

  import("/static/main.js").catch(fail);
})();

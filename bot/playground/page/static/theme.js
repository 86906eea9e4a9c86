// Sets light or dark before the first paint; runs as a plain script, ahead of everything else.
(() => {
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* then the system decides */ }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();

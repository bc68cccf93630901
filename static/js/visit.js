/* Counts a visit: one tiny request, and only when 30 minutes have passed since the last one of this browser. */
(function () {
  "use strict";
  var url = document.currentScript.dataset.url;
  var PAUSE = 30 * 60 * 1000;

  function count() {
    var now = Date.now();
    var ago = Infinity;
    try { ago = now - Number(localStorage.getItem("visit")); } catch (e) { /* the server's cookie decides alone */ }
    if (ago >= 0 && ago < PAUSE) { return; }
    fetch(url, { method: "POST", keepalive: true }).then(function (answer) {
      if (answer.ok) { localStorage.setItem("visit", String(now)); }
    }).catch(function () { /* offline, or no storage: nothing to do for the reader */ });
  }

  /* A page that the browser only prepares has not been read yet. */
  if (document.prerendering) {
    document.addEventListener("prerenderingchange", count, { once: true });
  } else {
    count();
  }
})();

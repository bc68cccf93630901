/* Keeps the ticks of the dossier checklist on this device, for each procedure. Without it the boxes still tick. */
(function () {
  "use strict";
  var key = "ho-so:" + location.pathname;
  var boxes = Array.from(document.querySelectorAll(".checklist [type=checkbox]"));
  var ticked = [];
  try { ticked = JSON.parse(localStorage.getItem(key)) || []; } catch (e) { /* private mode, or no ticks yet */ }
  boxes.forEach(function (box) {
    if (ticked.indexOf(box.id) >= 0) { box.checked = true; }
    box.addEventListener("change", function () {
      ticked = boxes.filter(function (one) { return one.checked; }).map(function (one) { return one.id; });
      try { localStorage.setItem(key, JSON.stringify(ticked)); } catch (e) { /* private mode */ }
    });
  });
})();

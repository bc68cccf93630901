/* Reader preferences (text size, contrast) and small comforts. Loaded before the style sheets, so that nothing
   flashes. Every page works without this file. */
(function () {
  "use strict";
  var root = document.documentElement;
  function read(key) { try { return localStorage.getItem(key); } catch (e) { return null; } }
  function keep(key, value) { try { localStorage.setItem(key, value); } catch (e) { /* private mode */ } }
  function apply(key, value) { if (value) { root.dataset[key] = value; } else { delete root.dataset[key]; } }
  function all(selector) { return Array.from(document.querySelectorAll(selector)); }
  ["text", "contrast"].forEach(function (key) { apply(key, read(key)); });

  function readerTools() {
    var tools = document.querySelector(".reader-tools");
    if (!tools) { return; }
    function show() {
      tools.querySelectorAll("[data-sets]").forEach(function (button) {
        var on = (root.dataset[button.dataset.sets] || "") === button.value;
        button.setAttribute("aria-pressed", String(on));
      });
    }
    tools.hidden = false;
    show();
    tools.addEventListener("click", function (event) {
      var button = event.target.closest("[data-sets]");
      if (!button) { return; }
      var key = button.dataset.sets;
      var value = key === "contrast" && root.dataset.contrast ? "" : button.value;
      apply(key, value);
      keep(key, value);
      show();
    });
  }

  function address() { return (document.querySelector("link[rel=canonical]") || location).href; }

  /* What an element with data-does does, as far as the browser can. */
  var deeds = {
    print: function () { window.print(); },
    copy: navigator.clipboard && function (button) {
      navigator.clipboard.writeText(address()).then(function () {
        button.querySelector("span").textContent = "Đã sao chép";
      });
    },
    /* Zalo takes the address as encoded JSON, so its link is completed here, at once. */
    zalo: function (link) {
      var payload = btoa(JSON.stringify({ url: address() }));
      link.href = link.href.split("&d=")[0] + "&d=" + encodeURIComponent(encodeURIComponent(payload));
    },
    share: navigator.share && function () {
      navigator.share({ title: document.title, url: address() }).catch(function () { /* the reader changed their mind */ });
    }
  };

  function pageTools() {
    all("[data-does]").forEach(function (button) {
      var deed = deeds[button.dataset.does];
      if (!deed) { return; }
      button.hidden = false;
      if (button.href) { deed(button); } else { button.addEventListener("click", function () { deed(button); }); }
    });
  }

  /* A folded part is forced open by the style sheet on wide screens; this makes the spoken state agree. */
  function folds() {
    var wide = matchMedia("(min-width: 64em)");
    function fold() { all(".fold").forEach(function (part) { part.open = wide.matches; }); }
    fold();
    wide.addEventListener("change", fold);
  }

  function submenus() {
    document.addEventListener("keydown", function (event) {
      var open = event.key === "Escape" && document.querySelector(".menu details[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
    });
    document.addEventListener("click", function (event) {
      all(".menu details[open]").forEach(function (open) {
        if (!open.contains(event.target)) { open.open = false; }
      });
    });
  }

  /* The page is the same for a while, so that it can be kept; paper carries the minute of printing. */
  function printTime() {
    addEventListener("beforeprint", function () {
      all("[data-print-time]").forEach(function (time) {
        var zone = { timeZone: "Asia/Ho_Chi_Minh" };
        var hour = Object.assign({ hour: "2-digit", minute: "2-digit" }, zone);
        var day = Object.assign({ day: "2-digit", month: "2-digit", year: "numeric" }, zone);
        var now = new Date();
        time.textContent = now.toLocaleDateString("vi", day) + " lúc " + now.toLocaleTimeString("vi", hour);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    [readerTools, pageTools, folds, submenus, printTime].forEach(function (part) { part(); });
  });
})();

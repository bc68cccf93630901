/* Titles suggested while typing, and a count of the results that are opened. The page works without either. */
(function () {
  "use strict";
  var wait = 120;

  function suggestFor(input) {
    var list = document.createElement("ul"), asked = 0, timer = 0, active = -1, typed = "";
    list.id = input.id + "-goi-y";
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Gợi ý");
    input.parentNode.appendChild(list);
    [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]
      .forEach(function (pair) { input.setAttribute(pair[0], pair[1]); });

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(option) { input.value = option.dataset.title; close(); input.form.submit(); }

    function show(rows) {
      list.textContent = "";
      active = -1;
      rows.forEach(function (row, number) {
        var option = document.createElement("li"), kind = document.createElement("span");
        option.id = list.id + "-" + number;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.title = row.title;
        option.textContent = row.title + " ";
        kind.textContent = row.kind;
        option.appendChild(kind);
        option.addEventListener("mousedown", function (event) { event.preventDefault(); choose(option); });
        list.appendChild(option);
      });
      list.hidden = !rows.length;
      input.setAttribute("aria-expanded", String(rows.length > 0));
    }

    function ask() {
      var turn = ++asked;
      typed = input.value;
      if (typed.trim().length < 2) { close(); return; }
      fetch(input.dataset.suggest + "?q=" + encodeURIComponent(typed))
        .then(function (answer) { return answer.json(); })
        .then(function (found) { if (turn === asked && document.activeElement === input) { show(found.suggestions); } })
        .catch(close);
    }

    function move(step) {
      var options = list.children;
      if (!options.length || list.hidden) { return; }
      if (active >= 0) { options[active].setAttribute("aria-selected", "false"); }
      active = (active + step + options.length + 1) % (options.length + 1);
      if (active === options.length) { active = -1; }
      input.value = active < 0 ? typed : options[active].dataset.title;
      if (active < 0) { input.removeAttribute("aria-activedescendant"); return; }
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }

    input.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(ask, wait); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!list.hidden) { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        input.value = typed;
        close();
      }
    });
  }

  document.querySelectorAll("input[data-suggest]").forEach(suggestFor);

  var results = document.querySelector("[data-opened]");
  if (results && navigator.sendBeacon) {
    results.addEventListener("click", function (event) {
      var link = event.target.closest("a[href]");
      if (!link) { return; }
      var told = new URLSearchParams({ q: results.dataset.query, "dia-chi": link.pathname });
      navigator.sendBeacon(results.dataset.opened, told);
    });
  }
})();

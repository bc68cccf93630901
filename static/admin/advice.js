/* Advice beside the form: what stands in it is read by the server a moment after the last change. */
(() => {
  const box = document.getElementById("advice");
  const form = box.closest("form");
  const state = document.getElementById("advice-state");
  const list = document.createElement("ul");
  const wait = 1200;
  let timer, asked = "", running;

  const editors = () => Object.values(window.CKEDITOR ? CKEDITOR.instances : {}).filter((editor) => editor.status === "ready");

  function show(told) {
    list.replaceChildren(...told.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    state.textContent = told.length ? `${told.length} điều nên xem lại.` : "Không thấy gì cần sửa.";
  }

  async function ask() {
    const body = new FormData();
    const title = form.querySelector("[name=title]");
    body.append("title", title ? title.value : "");
    for (const editor of editors()) body.append("text", editor.getData());
    const now = JSON.stringify([...body]);
    if (now === asked) return;
    asked = now;
    if (running) running.abort();
    running = new AbortController();
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    try {
      const answer = await fetch(box.dataset.url, { method: "POST", body, signal: running.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      show((await answer.json()).told);
      box.hidden = false;
    } catch (trouble) {
      if (trouble.name === "AbortError") return;
      asked = "";
      state.textContent = "Chưa kiểm tra được bài, sẽ thử lại khi ông/bà viết tiếp.";
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  state.after(list);
  const rows = form.querySelectorAll(".form-row:has(.django-ckeditor-widget)");
  if (rows.length) rows[rows.length - 1].after(box);
  form.addEventListener("input", (event) => event.target.name === "title" && soon());
  if (window.CKEDITOR) {
    CKEDITOR.on("instanceReady", ({ editor }) => { editor.on("change", soon); soon(); });
    if (editors().length) { editors().forEach((editor) => editor.on("change", soon)); soon(); }
  }
})();

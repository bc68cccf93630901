/* Sends chosen or dropped pictures to the library, two at a time; each that arrives is handed to `taken` in the order
   of their names, and each that does not is named with the reason. */
function pictureUploads(box, taken) {
  const input = box.querySelector("input[type=file]");
  const state = box.querySelector("[role=status]");
  const bar = box.querySelector("progress");
  const failed = document.createElement("ul");
  const waiting = [];
  const order = [];
  let running = 0, done = 0, sent = 0, all = 0, refused = 0, then = null;
  box.append(failed);

  function tell() {
    const busy = running + waiting.length > 0;
    bar.hidden = !busy;
    bar.max = all || 1;
    bar.value = done + sent;
    const bad = refused ? ` ${refused} tệp không nhận được, lý do ở dưới.` : "";
    state.textContent = busy ? `Đã tải ${done}/${all} ảnh …${then ? " Tải xong sẽ lưu bài." : ""}${bad}` : `Đã nhận ${done - refused} ảnh.${bad}`;
    if (!busy && then) { const next = then; then = null; next(); }
  }

  function handOver() {
    while (order.length && order[0].answer !== undefined) {
      const { answer } = order.shift();
      if (answer) taken(answer);
    }
  }

  function refuse(job, reason, again) {
    refused += 1;
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("strong"), { textContent: job.file.name }), `: ${reason} `);
    if (again) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Thử lại" });
      button.setAttribute("aria-label", `Thử lại ${job.file.name}`);
      button.addEventListener("click", () => { item.remove(); refused -= 1; done -= 1; all -= 1; add([job.file]); input.focus(); });
      item.append(button);
    }
    failed.append(item);
  }

  function finish(job, answer) {
    job.answer = answer || null;
    running -= 1;
    done += 1;
    sent -= job.part;
    handOver();
    next();
  }

  function read(request) {
    try { return JSON.parse(request.responseText); } catch { return null; }
  }

  function send(job) {
    running += 1;
    job.part = 0;
    const most = Number(box.dataset.most);
    if (job.file.size > most) {
      refuse(job, `Ảnh nặng hơn ${most >> 20} MB. Hãy thu nhỏ rồi tải lên lại.`);
      return finish(job);
    }
    const body = new FormData();
    body.append("upload", job.file);
    const request = new XMLHttpRequest();
    request.open("POST", box.dataset.url);
    request.setRequestHeader("X-CSRFToken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", (event) => {
      sent += 0.9 * event.loaded / event.total - job.part;
      job.part = 0.9 * event.loaded / event.total;
      tell();
    });
    request.addEventListener("load", () => {
      const answer = read(request);
      if (answer && answer.uploaded) return finish(job, answer);
      if (answer && answer.error) refuse(job, answer.error.message);
      else if (request.responseURL.includes("/login/")) refuse(job, "Phiên làm việc đã hết. Hãy đăng nhập ở thẻ khác rồi bấm Thử lại.", true);
      else if (request.status === 403) refuse(job, "Tài khoản này chưa được phép tải ảnh lên.");
      else refuse(job, "Máy chủ gặp lỗi.", true);
      finish(job);
    });
    request.addEventListener("error", () => { refuse(job, "Mất kết nối khi đang tải.", true); finish(job); });
    request.send(body);
  }

  function next() {
    while (running < 2 && waiting.length) send(waiting.shift());
    tell();
  }

  function add(files) {
    const named = [...files].sort((a, b) => a.name.localeCompare(b.name, "vi", { numeric: true }));
    for (const file of named) {
      const job = { file };
      waiting.push(job);
      order.push(job);
    }
    all += named.length;
    next();
  }

  input.addEventListener("change", () => { add(input.files); input.value = ""; });
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      box.classList.add("over");
    });
  }
  box.addEventListener("dragleave", (event) => box.contains(event.relatedTarget) || box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    box.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  window.addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });
  return {
    busy: () => running + waiting.length,
    after: (what) => { then = what; },
    say: (words) => { state.textContent = words; },
  };
}

/* The gallery of an article: many photos at once, put in order with buttons or by dragging. */
(() => {
  const group = document.querySelector(".gallery-rows");
  const box = group.querySelector(".uploads");
  const form = group.closest("form");
  const prefix = group.dataset.prefix;
  const rows = () => [...group.querySelectorAll(".inline-related:not(.empty-form)")];
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const said = group.querySelector(".order-status");

  function number() {
    rows().forEach((row, index) => {
      field(row, "position").value = (index + 1) * 10;
      row.querySelector(".photo-number").textContent = `Ảnh ${index + 1}`;
      row.querySelector("[data-move=up]").disabled = index === 0;
      row.querySelector("[data-move=down]").disabled = index === rows().length - 1;
    });
  }

  function show(row, picture) {
    field(row, "picture").value = picture.id;
    for (const name of ["alt", "caption", "credit"]) field(row, name).value = picture[name] || "";
    const image = row.querySelector("img");
    image.src = picture.thumbnail;
    image.hidden = false;
    row.querySelector(".photo-upload").hidden = true;
  }

  function add(picture) {
    group.querySelector(".add-row a").click();
    const row = rows().at(-1);
    show(row, picture);
    number();
    return row;
  }

  function move(row, way) {
    const all = rows(), here = all.indexOf(row), there = all[here + way];
    if (!there) return;
    way < 0 ? there.before(row) : there.after(row);
    number();
    said.textContent = `Ảnh nay đứng thứ ${here + way + 1} trong ${all.length} ảnh.`;
  }

  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest(".inline-related");
    move(row, button.dataset.move === "up" ? -1 : 1);
    (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  });

  let dragged = null;
  group.addEventListener("dragstart", (event) => {
    const handle = event.target.closest?.(".photo-handle");
    if (!handle) return;
    dragged = handle.closest(".inline-related");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged, 10, 10);
  });
  group.addEventListener("dragover", (event) => {
    const over = dragged && event.target.closest(".inline-related:not(.empty-form)");
    if (!over || over === dragged) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    event.clientY < top + height / 2 ? over.before(dragged) : over.after(dragged);
  });
  group.addEventListener("drop", (event) => dragged && event.preventDefault());
  group.addEventListener("dragend", () => { dragged = null; number(); });
  document.addEventListener("formset:added", (event) => event.detail.formsetName === prefix && number());
  document.addEventListener("formset:removed", (event) => event.detail.formsetName === prefix && number());

  if (box) {
    const uploads = pictureUploads(box, add);
    form.addEventListener("submit", (event) => {
      if (!uploads.busy()) return;
      event.preventDefault();
      const { submitter } = event;
      uploads.after(() => form.requestSubmit(submitter));
      uploads.say("Ảnh còn đang tải. Bài sẽ được lưu ngay khi tải xong.");
      box.scrollIntoView({ block: "center" }); // the button is far from where the progress shows
    });
  }
  group.querySelector(".pick-many").addEventListener("click", (event) => {
    pickPicture(event.target.dataset.url, (picture) => { add(picture); said.textContent = `Đã thêm “${picture.alt || "ảnh chưa có mô tả"}”.`; });
  });
  number();
})();

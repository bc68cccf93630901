/* The library window: hands the chosen picture back to the editor's dialog, or to whoever opened it. */
(() => {
  const { callback, many } = document.body.dataset;
  const state = document.getElementById("chosen");

  function choose(picture) {
    if (!window.opener) return;
    if (callback) {
      window.opener.CKEDITOR.tools.callFunction(parseInt(callback, 10), picture.url, function () {
        const words = this.getDialog && this.getDialog().getContentElement("info", "alt");
        if (words && !words.getValue()) words.setValue(picture.alt);
      });
    } else {
      window.opener.pictureChosen(picture);
    }
    if (!many) return window.close();
    state.textContent = `Đã thêm: ${picture.alt || "ảnh chưa có mô tả"}. Chọn tiếp, hoặc đóng cửa sổ này.`;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picture]");
    if (button) choose(JSON.parse(button.dataset.picture));
  });
  const box = document.querySelector(".uploads");
  if (box) pictureUploads(box, choose);
})();

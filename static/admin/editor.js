/* What the editor lacks: the form's CSRF token on its uploads, and words of the picture dialog that say what is meant. */
CKEDITOR.on("instanceCreated", ({ editor }) => {
  editor.on("configLoaded", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    editor.config.fileTools_requestHeaders = { "X-CSRFToken": token ? token.value : "" };
  });
  /* What the editor's own Vietnamese leaves in English. */
  editor.on("langLoaded", () => {
    const { lang } = editor;
    Object.assign(lang.format, { tag_p: "Đoạn văn", tag_h2: "Tiêu đề cấp 2", tag_h3: "Tiêu đề cấp 3", tag_h4: "Tiêu đề cấp 4" });
    Object.assign(lang.link || {}, { noTel: "Hãy nhập số điện thoại", phoneNumber: "Số điện thoại", noAnchorName: "Hãy nhập tên" });
    Object.assign(lang.uploadwidget || {}, {
      abort: "Đã dừng tải lên.", doneOne: "Đã tải ảnh lên.", doneMany: "Đã tải lên %1 ảnh.",
      uploadOne: "Đang tải ảnh lên ({percentage}%) …", uploadMany: "Đang tải ảnh lên, xong {current}/{max} ({percentage}%) …",
    });
  });
  /* Pictures of other sites would be cleaned away on saving; they go at once, and it is said. */
  editor.on("paste", ({ data }) => {
    const hosts = new Set();
    data.dataValue = (data.dataValue || "").replace(/<img\b[^>]*?\bsrc=["']?(?:https?:)?\/\/([^/"'\s>]+)[^>]*>/gi, (tag, host) => {
      if (host === location.host) return tag;
      hosts.add(host);
      return "";
    });
    if (hosts.size)
      editor.showNotification(`Đã bỏ ảnh của trang khác (${[...hosts].join(", ")}). Hãy tải ảnh về máy rồi kéo vào bài.`, "warning", 15000);
  }, null, null, 1);
  editor.on("pluginsLoaded", () => {
    /* A placeholder would be published when nobody replaced it; an empty caption is cleaned away. */
    Object.assign(editor.lang.image2, { alt: "Mô tả ảnh cho người không nhìn được", captionPlaceholder: "\u00a0" });
  });
});

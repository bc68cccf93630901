/* What the editor lacks: the form's CSRF token on its uploads, and words of the picture dialog that say what is meant. */
CKEDITOR.on("instanceCreated", ({ editor }) => {
  editor.on("configLoaded", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    editor.config.fileTools_requestHeaders = { "X-CSRFToken": token ? token.value : "" };
  });
  editor.on("pluginsLoaded", () => {
    /* A placeholder would be published when nobody replaced it; an empty caption is cleaned away. */
    Object.assign(editor.lang.image2, { alt: "Mô tả ảnh cho người không nhìn được", captionPlaceholder: "\u00a0" });
  });
});

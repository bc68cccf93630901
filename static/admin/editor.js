/* Uploads from the editor carry the form's CSRF token. */
CKEDITOR.on("instanceCreated", (created) => {
  created.editor.on("configLoaded", () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    created.editor.config.fileTools_requestHeaders = { "X-CSRFToken": token ? token.value : "" };
  });
});

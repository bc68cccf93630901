/* The library window of the editor: hands the chosen picture and its words back to the dialog. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-url]");
  if (!button || !window.opener) return;
  const callback = parseInt(document.body.dataset.callback, 10);
  window.opener.CKEDITOR.tools.callFunction(callback, button.dataset.url, function () {
    const words = this.getDialog && this.getDialog().getContentElement("info", "alt");
    if (words && !words.getValue()) words.setValue(button.dataset.alt);
  });
  window.close();
});

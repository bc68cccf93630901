/* Choosing from the library by looking: opens its window, which calls back with the picture. */
function pickPicture(address, chosen) {
  window.pictureChosen = chosen;
  window.open(address, "thu-vien-anh", "width=980,height=760,resizable=yes,scrollbars=yes");
}

/* Beside each box that names one picture (cover, logo, portrait), whose list can only show words. */
(() => {
  const address = document.currentScript.dataset.picker;

  function offer(select) {
    const row = select.closest(".related-widget-wrapper") || select.parentElement;
    if (row.querySelector(".pick")) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button pick", textContent: "Chọn bằng hình" });
    const image = Object.assign(document.createElement("img"), { className: "thumbnail picked", alt: "", hidden: true });
    button.addEventListener("click", () => pickPicture(address, (picture) => {
      const option = new Option(picture.alt || `Ảnh ${picture.id}`, picture.id, true, true);
      select.append(option);
      image.src = picture.thumbnail;
      image.hidden = false;
      django.jQuery(select).trigger("change");
      button.focus();
    }));
    row.append(button, image);
  }

  document.querySelectorAll("select.admin-autocomplete[name$=cover], select.admin-autocomplete[name$=logo], select.admin-autocomplete[name$=emblem], select.admin-autocomplete[name$=picture]").forEach(offer);
})();

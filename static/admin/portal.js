/* Gives the boxes that choose from a library (select2) the name of their field, for those who hear the page. */
function nameBoxes() {
  document.querySelectorAll("select.admin-autocomplete").forEach((select) => {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const box = select.nextElementSibling;
    if (!label || !box) return;
    box.querySelectorAll("[role=combobox], [role=textbox]").forEach((part) => {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", label.textContent.replace(":", "").trim());
    });
  });
}
/* select2 builds its boxes late, and again for every new row. */
new MutationObserver(nameBoxes).observe(document.body, { childList: true, subtree: true });
nameBoxes();

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
/* The server has what this browser kept while it was being written (static/admin/writing.js). */
const arrived = document.cookie.split("; ").find((cookie) => cookie.startsWith("da-luu="));
for (const key of arrived ? Object.keys(localStorage) : []) {
  if (key.startsWith("dang-viet:") && JSON.parse(localStorage.getItem(key)).mark === arrived.slice(7)) localStorage.removeItem(key);
}
document.querySelectorAll("[data-copies]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.value);
    button.textContent = "Đã sao chép";
  });
});

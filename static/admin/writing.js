/* While somebody writes: what stands in the form is kept in this browser until the server has it, and the server is
   told that the item is open. */
const form = document.querySelector("#content-main form[method=post]");
const presence = document.querySelector(".presence");
const place = `dang-viet:${presence.dataset.user}:${location.pathname}`;
const WEEK = 7 * 24 * 3600 * 1000;
const LEFT_OUT = new Set(["csrfmiddlewaretoken", "read_version", "_remark", "autosave"]);

function texts() {
  for (const editor of Object.values(window.CKEDITOR ? CKEDITOR.instances : {})) {
    if (editor.status === "ready") editor.updateElement();
  }
  const found = {};
  for (const field of form.elements) {
    if (!field.name || LEFT_OUT.has(field.name) || ["file", "submit", "button"].includes(field.type)) continue;
    if (field.name.includes("__prefix__")) continue;
    if (["checkbox", "radio"].includes(field.type)) {
      if (field.type === "radio" && !field.checked) continue;
      (found[field.name] ||= []).push(field.type === "radio" ? field.value : field.checked ? field.value : "");
    } else if (field.multiple) {
      found[field.name] = [...field.selectedOptions].map((option) => [option.value, option.text]);
    } else if (field.tagName === "SELECT") {
      found[field.name] = [[field.value, field.selectedOptions[0] ? field.selectedOptions[0].text : ""]];
    } else (found[field.name] ||= []).push(field.value);
  }
  return found;
}

/* The mark by which the server tells the browser which copy has arrived. */
const mark = document.createElement("input");
mark.type = "hidden";
mark.name = "autosave";
mark.value = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
form.append(mark);

let first = null;
let last = "";
function keep() {
  if (first === null) return;
  const now = JSON.stringify(texts());
  if (now === last) return;
  last = now;
  if (now === first) localStorage.removeItem(place);
  else localStorage.setItem(place, JSON.stringify({ at: Date.now(), mark: mark.value, texts: JSON.parse(now) }));
}

function fill(kept) {
  for (const [name, values] of Object.entries(kept)) {
    if (!name.endsWith("-TOTAL_FORMS")) continue;
    const prefix = name.slice(0, -"-TOTAL_FORMS".length);
    const total = form.elements[name];
    const add = document.querySelector(`#${prefix}-group .add-row a, #${prefix}-group a.addlink`);
    for (let turn = 0; total && add && Number(total.value) < Number(values[0]) && turn < 200; turn += 1) add.click();
  }
  for (const [name, values] of Object.entries(kept)) {
    if (/-(TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$/.test(name)) continue;
    const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
    fields.forEach((field, index) => put(field, values, index));
  }
}

function put(field, values, index) {
  if (field.type === "radio") field.checked = values.includes(field.value);
  else if (field.type === "checkbox") field.checked = values[index] === field.value;
  else if (field.tagName === "SELECT") {
    for (const [value, text] of values) {
      if (![...field.options].some((option) => option.value === value)) field.add(new Option(text, value));
    }
    const chosen = new Set(values.map(([value]) => value));
    for (const option of field.options) option.selected = chosen.has(option.value);
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (window.django && django.jQuery) django.jQuery(field).trigger("change");
  } else field.value = values[index] ?? "";
  const editor = window.CKEDITOR && CKEDITOR.instances[field.id];
  if (editor) editor.setData(field.value);
}

function offer(kept) {
  const box = document.createElement("section");
  box.className = "unsaved";
  box.setAttribute("role", "alert");
  const when = new Date(kept.at).toLocaleString("vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric" });
  box.innerHTML = "<div></div><button type=button>Lấy lại bản đang viết</button><button type=button>Bỏ bản đó</button>";
  box.firstChild.textContent = `Trình duyệt còn giữ bản ông/bà viết dở lúc ${when}, chưa lưu vào cổng.`;
  const [again, away] = box.querySelectorAll("button");
  again.addEventListener("click", () => { fill(kept.texts); box.remove(); begin(); last = ""; });
  away.addEventListener("click", () => { localStorage.removeItem(place); box.remove(); begin(); });
  presence.after(box);
}

function begin() {
  first ??= JSON.stringify(texts());
}

function ready(then) {
  const editors = Object.values(window.CKEDITOR ? CKEDITOR.instances : {});
  const waiting = document.querySelectorAll("textarea[data-type=ckeditortype]:not([id*=__prefix__])").length;
  if (editors.length >= waiting && editors.every((editor) => editor.status === "ready")) then();
  else setTimeout(() => ready(then), 100);
}

for (const key of Object.keys(localStorage)) {
  if (!key.startsWith("dang-viet:")) continue;
  const kept = JSON.parse(localStorage.getItem(key));
  if (Date.now() - kept.at > WEEK) localStorage.removeItem(key);
}
ready(() => {
  const kept = JSON.parse(localStorage.getItem(place) || "null");
  const now = JSON.stringify(texts());
  if (kept && JSON.stringify(kept.texts) !== now) {
    first = document.querySelector(".errornote") ? "" : now;
    if (first !== "") offer(kept);
  } else first = document.querySelector(".errornote") ? "" : now;
  setInterval(keep, 1000);
});
document.addEventListener("visibilitychange", keep);
window.addEventListener("pagehide", keep);

/* Writing begins with the title, not with the buttons above it. */
if (!presence.dataset.url && !document.querySelector(".errornote")) {
  addEventListener("load", () => setTimeout(() => document.querySelector("#id_title, #id_number")?.focus()));
}

/* Who else has it open. */
async function tell(leaving) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  if (leaving) {
    body.set("roi", "1");
    navigator.sendBeacon(presence.dataset.url, body);
    return;
  }
  const answer = await fetch(presence.dataset.url, { method: "POST", body }).catch(() => null);
  if (!answer || !answer.ok) return;
  const { others } = await answer.json();
  const words = others.length ? `${others.join(", ")} cũng đang mở mục này. Hãy hẹn nhau ai sửa trước.` : "";
  if (presence.textContent.trim() !== words) presence.textContent = words;
}
if (presence.dataset.url) {
  setInterval(() => tell(false), 30000);
  window.addEventListener("pagehide", () => tell(true));
}

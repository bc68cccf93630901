/* The library's list: pictures sent here come up together, to be given their words. */
(() => {
  const box = document.querySelector(".uploads");
  const onward = document.querySelector(".describe-new");
  const taken = [];
  pictureUploads(box, (picture) => {
    if (!taken.includes(picture.id)) taken.push(picture.id);
    onward.href = `?id__in=${taken.join(",")}`;
    onward.textContent = `Ghi mô tả cho ${taken.length} ảnh vừa tải lên`;
    onward.hidden = false;
  });
})();

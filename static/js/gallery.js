/* Opens the pictures of a gallery in a viewer on the page. Without this file, or when the viewer cannot be loaded,
   the links lead to the pictures themselves. The viewer is fetched when a reader first reaches for a picture. */
(function () {
  "use strict";
  var addresses = document.currentScript.dataset;
  var still = matchMedia("(prefers-reduced-motion: reduce)");
  var loading;

  function style(href) {
    return new Promise(function (resolve, reject) {
      var link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = href;
      link.onload = resolve;
      link.onerror = reject;
      document.head.prepend(link);
    });
  }

  function viewer() {
    loading = loading || Promise.all([import(addresses.viewer), style(addresses.style)]).then(function (parts) {
      return parts[0].default;
    });
    return loading;
  }

  function picture(link) {
    var thumbnail = link.querySelector("img");
    return {
      element: link,
      src: link.href,
      srcset: link.dataset.srcset,
      width: Number(link.dataset.width),
      height: Number(link.dataset.height),
      alt: thumbnail.alt,
      msrc: thumbnail.currentSrc || thumbnail.src,
      thumbCropped: true,
      caption: (link.parentNode.querySelector(".words") || {}).textContent || ""
    };
  }

  function captions(pswp) {
    pswp.on("uiRegister", function () {
      pswp.ui.registerElement({
        name: "caption",
        appendTo: "root",
        onInit: function (element) {
          element.setAttribute("aria-live", "polite");
          pswp.on("change", function () { element.textContent = pswp.currSlide.data.caption; });
        }
      });
    });
    pswp.on("afterInit", function () {
      pswp.element.setAttribute("aria-label", "Xem ảnh");
      pswp.scrollWrap.setAttribute("aria-roledescription", "bộ ảnh");
      pswp.container.querySelectorAll("[aria-roledescription]").forEach(function (slide) {
        slide.setAttribute("aria-roledescription", "ảnh");
      });
    });
  }

  function show(PhotoSwipe, links, index) {
    var pswp = new PhotoSwipe({
      dataSource: links.map(picture),
      index: index,
      bgOpacity: 1,
      loop: false,
      showHideAnimationType: still.matches ? "none" : "zoom",
      padding: { top: 60, bottom: 88, left: 0, right: 0 },
      closeTitle: "Đóng",
      zoomTitle: "Phóng to, thu nhỏ",
      arrowPrevTitle: "Ảnh trước",
      arrowNextTitle: "Ảnh sau",
      errorMsg: "Không tải được ảnh này."
    });
    captions(pswp);
    /* The back gesture of a phone closes the viewer, not the article. */
    if (window.CloseWatcher) {
      var watcher = new CloseWatcher();
      watcher.onclose = function () { pswp.close(); };
      pswp.on("destroy", function () { watcher.destroy(); });
    }
    pswp.init();
  }

  document.querySelectorAll(".gallery").forEach(function (gallery) {
    var links = Array.from(gallery.querySelectorAll("a"));
    ["pointerover", "focusin"].forEach(function (sign) {
      gallery.addEventListener(sign, function () { viewer().catch(function () { loading = null; }); }, { once: true });
    });
    gallery.addEventListener("click", function (event) {
      var link = event.target.closest("a");
      if (!link || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
      event.preventDefault();
      viewer().then(function (PhotoSwipe) { show(PhotoSwipe, links, links.indexOf(link)); }).catch(function () {
        location.href = link.href;
      });
    });
  });
})();

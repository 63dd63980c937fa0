// For browsers that know no modules at all: they say that they are too old for a call with picture.

(function () {
  var words = document.querySelector("[data-words]");
  var notices = document.querySelector("[data-meeting-notices]");
  if (words && notices) notices.textContent = words.getAttribute("data-old-browser");
})();

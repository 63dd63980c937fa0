// The entry of a meeting's page. Written so that an old browser can read it and says that it is old:
// the modules behind it need a newer one.

function tell(root, name) {
  var words = root.querySelector("template[data-words]").getAttribute("data-" + name);
  root.querySelector("[data-meeting-notices]").textContent = words;
}

var root = document.querySelector("[data-meeting]");
if (root) {
  import("./meeting.js").then(
    function (meeting) {
      meeting.start(root);
    },
    function (problem) {
      tell(root, problem instanceof SyntaxError ? "old-browser" : "no-seat");
    },
  );
}

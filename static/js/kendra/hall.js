// The screen in a Kendra's hall. Televisions have old browsers, so this is no module and uses what a
// browser of 2016 knows. The numbers are asked for every four seconds; when no answer comes, the
// screen says so, because an old number that looks current sends people to the wrong counter.
(function () {
  var EVERY = 4000;
  var PATIENCE = 10000;
  var main = document.querySelector("[data-hall]");
  var down = document.querySelector("[data-hall-down]");
  var clock = document.querySelector("[data-hall-clock]");
  var shown = main.innerHTML;
  var etag = "";
  var call = callShown();
  var answered = Date.now();
  // India's clock by the server: this machine's may be wrong.
  var ahead = 0;

  function callShown() {
    var now = main.querySelector("[data-call]");
    return now ? now.getAttribute("data-call") : "";
  }

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  function inIndia(milliseconds) {
    var india = new Date(milliseconds + ahead + 330 * 60000);
    return (india.getUTCHours() % 12 || 12) + ":" + two(india.getUTCMinutes());
  }

  function tick() {
    clock.textContent = inIndia(Date.now());
    var late = Date.now() - answered > PATIENCE;
    if (late && down.hidden) {
      [].forEach.call(down.querySelectorAll("[data-hall-since]"), function (place) {
        place.textContent = inIndia(answered);
      });
    }
    down.hidden = !late;
  }

  function show(html) {
    if (html === shown) return;
    shown = html;
    main.innerHTML = html;
    var now = callShown();
    main.classList.remove("hall-called");
    if (now && now !== call) {
      // Read once so that the browser begins the movement anew.
      void main.offsetWidth;
      main.classList.add("hall-called");
    }
    call = now;
  }

  function ask() {
    var question = new XMLHttpRequest();
    question.open("GET", main.getAttribute("data-hall"));
    question.timeout = PATIENCE;
    question.setRequestHeader("Accept", "application/json, text/html");
    if (etag) question.setRequestHeader("If-None-Match", etag);
    question.onload = function () {
      if (question.status !== 200 && question.status !== 304) return;
      answered = Date.now();
      var date = Date.parse(question.getResponseHeader("Date") || "");
      if (date) ahead = date - answered;
      if (question.status === 200) {
        etag = question.getResponseHeader("ETag") || "";
        show(question.responseText);
      }
      tick();
    };
    question.onloadend = function () {
      setTimeout(ask, EVERY);
    };
    question.send();
  }

  ask();
  setInterval(tick, 1000);
  tick();
})();

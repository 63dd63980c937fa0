// A search box above long lists of offices. Without this script the list itself is there, grouped
// by department.

const words =
  document.documentElement.lang === "en"
    ? { label: "Search the list", none: "No office is like this" }
    : { label: "सूची में खोजें", none: "ऐसा कोई कार्यालय नहीं है" };

function plain(text) {
  return text.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f\u093c\u200c\u200d]/g, "");
}

function addSearch(select) {
  const groups = [...select.children].map((node) => ({
    node,
    options: node.tagName === "OPTGROUP" ? [...node.children] : [],
  }));
  const box = document.createElement("input");
  box.type = "search";
  box.className = "form-control option-search";
  box.autocomplete = "off";
  box.placeholder = words.label;
  box.setAttribute("aria-label", words.label);
  box.setAttribute("aria-controls", select.id);
  select.before(box);
  const said = document.createElement("p");
  said.className = "form-text";
  said.setAttribute("role", "status");
  select.after(said);

  box.addEventListener("input", () => {
    const wanted = plain(box.value).split(/\s+/).filter(Boolean);
    const chosen = select.value;
    const found = [];
    select.replaceChildren();
    for (const { node, options } of groups) {
      if (node.tagName !== "OPTGROUP") {
        select.append(node);
        continue;
      }
      const fitting = options.filter((option) => {
        const text = plain(`${node.label} ${option.text}`);
        return wanted.every((word) => text.includes(word));
      });
      found.push(...fitting);
      node.replaceChildren(...fitting);
      if (fitting.length) select.append(node);
    }
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
    // One office left is the one that was meant.
    if (wanted.length && found.length === 1) select.value = found[0].value;
    said.textContent = wanted.length && !found.length ? words.none : "";
  });
  box.addEventListener("keydown", (event) => {
    // Enter in the search box searches; it does not send the answer.
    if (event.key === "Enter") event.preventDefault();
  });
}

for (const select of document.querySelectorAll("select[data-search-options]")) addSearch(select);

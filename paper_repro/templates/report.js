"use strict";
// Filters, order and the opened claim of the table of verdicts. Without it every claim is there, in the papers' order.
const form = document.getElementById("filter");
const table = document.getElementById("verdicts");
const rows = [...table.tBodies];
const claims = rows.filter(row => row.matches(".claim"));
const headings = rows.filter(row => row.matches(".heading"));
const controls = [...form.elements].filter(control => control.name);
const boxes = controls.filter(control => control.type === "checkbox");
const selects = controls.filter(control => control.matches("select"));
const { search, sort, verdict } = form.elements;
const outcomes = [...verdict.options].map(option => option.value);
const statement = claim => claim.querySelector(".statement").textContent;
const number = text => text === "" ? null : Number(text);
const keys = {
  claim: statement,
  verdict: claim => outcomes.indexOf(claim.dataset.verdict),
  p: claim => number(claim.dataset.p),
  q: claim => number(claim.dataset.q),
};
const texts = new Map(claims.map(claim => {
  const quote = claim.querySelector(".quote")?.textContent ?? "";
  return [claim, `${claim.dataset.id} ${statement(claim)} ${quote}`.toLowerCase()];
}));
let sorted = "";
let unfolded = [];  // what was opened for printing

function order() {
  if (sorted === sort.value) return;
  sorted = sort.value;
  const column = sorted.replace("-", ""), sign = sorted.startsWith("-") ? -1 : 1;
  const key = new Map(claims.map(claim => [claim, sorted && keys[column](claim)]));
  const compare = (first, second) => {
    const [a, b] = [key.get(first), key.get(second)];
    if (a === null || b === null) return (a === null) - (b === null);  // what has no number comes last
    return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
  };
  table.append(...(sorted ? [...claims].sort(compare) : rows));
  table.classList.toggle("sorted", sorted !== "");
  for (const head of table.querySelectorAll("th[data-sort]")) {
    const way = head.dataset.sort !== column ? "none" : sign > 0 ? "ascending" : "descending";
    head.setAttribute("aria-sort", way);
  }
}

function show() {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const claim of claims) {
    const marks = claim.dataset.marks.split(" ");
    claim.hidden = !(
      selects.every(select => !select.value || claim.dataset[select.name] === select.value) &&
      boxes.every(box => !box.checked || marks.includes(box.name)) &&
      words.every(word => texts.get(claim).includes(word))
    );
  }
  const shown = claims.filter(claim => !claim.hidden);
  order();
  for (const heading of headings) {
    const { paper, kind } = heading.dataset;
    const own = ({ dataset }) => dataset.paper === paper && (!kind || dataset.kind === kind);
    heading.hidden = sorted !== "" || !shown.some(own);
  }
  document.getElementById("count").textContent = `${shown.length} of ${claims.length} claims shown`;
}

function keep() {
  const chosen = [...new FormData(form)].filter(([, value]) => value);
  history.replaceState(null, "", "#" + new URLSearchParams(chosen));
  show();
}

// An address is either a view (#verdict=contradicted&sort=p) or a place on the page (#claim-...).
function read() {
  const hash = location.hash.slice(1);
  const target = document.getElementById(hash);
  const claim = target?.closest(".claim");
  if (!target || claim?.hidden) {
    const view = new URLSearchParams(target ? "" : hash);
    for (const box of boxes) box.checked = view.has(box.name);
    for (const control of [...selects, search, sort]) control.value = view.get(control.name) ?? "";
    for (const select of selects) if (select.selectedIndex < 0) select.value = "";
    if (!(sort.value.replace("-", "") in keys)) sort.value = "";
  }
  show();
  target?.closest("details")?.setAttribute("open", "");
  claim?.scrollIntoView();
}

for (const head of table.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const column = head.dataset.sort;
    sort.value = sort.value === column ? `-${column}` : sort.value === `-${column}` ? "" : column;
    keep();
  });
}
form.hidden = false;
table.classList.add("sortable");
form.addEventListener("input", keep);
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", () => {
  sort.value = "";
  setTimeout(keep);  // once the fields are empty
});
addEventListener("hashchange", read);
table.addEventListener("toggle", ({ target }) => {
  if (unfolded.length || !target.open || target.querySelector(".figures img")) return;
  for (const link of target.querySelectorAll(".figures a")) {
    link.closest(".figures").append(document.querySelector(`${link.getAttribute("href")} img`).cloneNode());
  }
}, true);
addEventListener("beforeprint", () => {
  unfolded = [...table.querySelectorAll("details:not([open])")];
  for (const details of unfolded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of unfolded) details.open = false;
  unfolded = [];
});
read();

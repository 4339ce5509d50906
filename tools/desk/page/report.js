"use strict";
// Search over the rows of all tables; everything else in the report works without a script.
const rows = [...document.querySelectorAll("tr[id]")].map((row) => ({
  id: row.id,
  kind: row.closest("section").dataset.kind,
  text: [...row.cells].map((cell) => cell.textContent.replace("\n", " \u00b7 "))
    .filter(Boolean).join(" \u00b7 "),
}));
for (const row of rows) row.lower = `${row.kind} ${row.text}`.toLowerCase();
const box = document.getElementById("search"), found = document.getElementById("found");
const MOST = 60;

function find() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  found.replaceChildren();
  if (!words.length) return;
  const hits = rows.filter((row) => words.every((word) => row.lower.includes(word)));
  const count = document.createElement("p");
  count.textContent = hits.length ? `${hits.length} rows` : "nothing";
  found.append(count);
  for (const hit of hits.slice(0, MOST)) {
    const link = document.createElement("a"), kind = document.createElement("b");
    link.href = `#${hit.id}`;
    kind.textContent = hit.kind;
    link.append(kind, hit.text.slice(0, 160));
    found.append(link);
  }
}

box.addEventListener("input", find);
box.addEventListener("keydown", (event) => {
  const first = found.querySelector("a");
  if (event.key === "Enter" && first) first.click();
  if (event.key === "Escape") { box.value = ""; find(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input")) return;
  event.preventDefault();
  box.focus();
});
// A link into a drawing leads to the middle of the page: what is around it is the point.
addEventListener("hashchange", () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.closest("svg")) target.scrollIntoView({block: "center", inline: "center"});
});
for (const button of document.querySelectorAll("button[data-pages]")) {
  button.addEventListener("click", () => {
    const isShown = document.getElementById(button.dataset.pages).classList.toggle("shown");
    button.setAttribute("aria-expanded", String(isShown));
  });
}

"use strict";

const narrow = window.matchMedia("(max-width: 40rem)").matches;

function letCodeBeShown() {
  const button = document.getElementById("code-button");
  if (!document.querySelector(".code")) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = document.documentElement.classList.toggle("with-code");
    button.textContent = shown ? "Hide code" : "Show code";
  });
}

// On a phone a legend beside the drawing or long labels would leave no room for the drawing.
function fittedToPhone(spec) {
  const config = spec.config ?? {};
  const axisY = { labelLimit: 110, ...config.axisY };
  const legend = { ...config.legend, orient: "bottom", columns: 1, labelLimit: 300 };
  return { ...spec, config: { ...config, axisY, legend } };
}

async function makeInteractive(figure) {
  const picture = figure.querySelector(".picture");
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const live = document.createElement("div");
  live.className = "live";
  picture.append(live);
  try {
    await vegaEmbed(live, narrow ? fittedToPhone(spec) : spec, {
      actions: false,
      ast: true,
      defaultStyle: false,
      renderer: "svg",
      tooltip: { disableDefaultStyle: true },
    });
    picture.replaceChildren(live);
    picture.classList.add("drawn");
  } catch (error) {
    // The picture says the same, so keep it.
    live.remove();
    console.warn("A chart stays a picture:", error);
  }
}

function markSectionInContents() {
  const contents = document.querySelector(".contents");
  if (!contents) return;
  contents.querySelector("details").open = window.matchMedia("(min-width: 64rem)").matches;
  const links = [...contents.querySelectorAll("a")];
  const headings = links.map((link) => document.getElementById(decodeURI(link.hash.slice(1))));
  const mark = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
    let current = passed.length - 1;
    const { scrollHeight } = document.documentElement;
    if (window.scrollY > 0 && window.scrollY + window.innerHeight > scrollHeight - 2) {
      // The page ends before its last headings are on top: the one that a link leads to, or the last.
      const wanted = links.findIndex((link) => link.hash === window.location.hash);
      current = wanted < current ? links.length - 1 : wanted;
    }
    links.forEach((link, index) => {
      if (index === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  document.addEventListener("scroll", mark, { passive: true });
  window.addEventListener("hashchange", mark);
  mark();
}

// Letters without marks, so that who has no é on the keyboard finds it.
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

const SECONDS = { d: 86400, h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6 };

// What a figure's text says: "1,234", "-2.5", or "178d 22h 54m 29s" in seconds; null for none.
function numberIn(text) {
  const words = text.replaceAll(",", "").trim();
  const parts = [...words.matchAll(/(-?\d+)(d|h|ms?|µs|s)(?= |$)/g)];
  if (parts.length) return parts.reduce((sum, [, n, unit]) => sum + n * SECONDS[unit], 0);
  return words === "" || isNaN(words) ? null : Number(words);
}

function letRowsBeFound(box) {
  const search = document.getElementById(`${box.id}-find`);
  const status = search.parentElement.querySelector("[role=status]");
  const rows = [...box.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => plain(`${row.textContent} ${row.dataset.also}`));
  const find = () => {
    const words = plain(search.value).split(/\s+/);
    rows.forEach((row, nth) => {
      row.hidden = !words.every((word) => texts[nth].includes(word));
    });
    const found = rows.filter((row) => !row.hidden).length;
    const all = `${rows.length.toLocaleString("en")} row${rows.length === 1 ? "" : "s"}`;
    status.textContent = found === rows.length ? all : `${found.toLocaleString("en")} of ${all}`;
    box.scrollTop = 0;
  };
  search.addEventListener("input", find);
  search.parentElement.hidden = false;
  find();
}

function letRowsBeSorted(table) {
  const heads = [...table.querySelectorAll("thead th:not(.strip)")];
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sortBy(table, heads, head));
  }
}

function sortBy(table, heads, head) {
  const isText = head.classList.contains("words");
  // The largest and the latest first; names from A.
  const first = isText ? "ascending" : "descending";
  const other = isText ? "descending" : "ascending";
  const direction = head.getAttribute("aria-sort") === first ? other : first;
  for (const each of heads) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction);
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const isFigure = head.classList.contains("figures");
  const valueOf = (row) => {
    const cell = row.cells[head.cellIndex];
    if (cell.querySelector(".unknown")) return null;
    return isFigure ? numberIn(cell.textContent) : cell.textContent.trim();
  };
  const sign = direction === "ascending" ? 1 : -1;
  const compare = ([a], [b]) => {
    // What is not known comes last either way.
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (isFigure ? a - b : order.compare(a, b));
  };
  const body = table.tBodies[0];
  const sorted = [...body.rows].map((row) => [valueOf(row), row]).sort(compare);
  body.append(...sorted.map(([, row]) => row));
}

// Where the style can't open a fold on paper.
function openFoldsOnPaper() {
  for (const fold of document.querySelectorAll(".findings details")) fold.open = true;
}

window.addEventListener("beforeprint", openFoldsOnPaper);
letCodeBeShown();
for (const box of document.querySelectorAll(".whole")) {
  letRowsBeFound(box);
  letRowsBeSorted(box.querySelector("table"));
}
markSectionInContents();
for (const figure of document.querySelectorAll("figure.chart:has(script)")) makeInteractive(figure);

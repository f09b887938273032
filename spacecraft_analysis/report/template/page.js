"use strict";

const narrow = window.matchMedia("(max-width: 40rem)").matches;

function letCodeBeShown() {
  const button = document.getElementById("code-button");
  if (!button) return;
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
      // The page ends before its last headings are on top: the one that was asked for, or the last.
      const asked = links.findIndex((link) => link.hash === window.location.hash);
      current = asked < current ? links.length - 1 : asked;
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

letCodeBeShown();
markSectionInContents();
for (const figure of document.querySelectorAll("figure.chart:has(script)")) makeInteractive(figure);

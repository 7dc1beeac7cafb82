// What a pointer or the arrow keys read off a chart. Without it the page is complete.
"use strict";
(() => {
  const root = document.documentElement;
  root.dataset.errors = "0";
  const fault = () => { root.dataset.errors = String(Number(root.dataset.errors) + 1); };
  addEventListener("error", fault);
  addEventListener("unhandledrejection", fault);
  addEventListener("securitypolicyviolation", fault);

  const readouts = JSON.parse(document.getElementById("readouts").textContent);

  const nearest = (positions, permille) => {
    let low = 0, high = positions.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (positions[middle] < permille) low = middle + 1; else high = middle;
    }
    return low > 0 && permille - positions[low - 1] < positions[low] - permille ? low - 1 : low;
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  for (const plot of document.querySelectorAll(".plot[data-chart]")) {
    const chart = readouts.charts[plot.dataset.chart];
    if (!chart) continue;
    const axis = readouts.axes[chart.axis];
    if (!axis || !axis.names.length) continue;
    let cursor = null, tip = null, at = -1;
    const hide = () => { if (cursor) { cursor.hidden = true; tip.hidden = true; at = -1; } };
    const show = (place) => {
      at = Math.max(0, Math.min(axis.names.length - 1, place));
      if (!cursor) {
        cursor = plot.appendChild(element("i", "cursor"));
        tip = plot.appendChild(element("div", "tip"));
        tip.setAttribute("role", "status");
      }
      const left = axis.positions[at] / 10;
      cursor.hidden = tip.hidden = false;
      cursor.style.left = left + "%";
      tip.replaceChildren(element("b", "", axis.names[at]));
      for (const series of [...chart.series].reverse()) {
        const row = element("span", "row " + series.class);
        row.append(element("i", "dot"), element("span", "", series.name), element("b", "", series.values[at]));
        tip.append(row);
      }
      // To the right of the line, else to its left, and in any case within the window.
      const box = plot.getBoundingClientRect(), x = box.width * left / 100, width = tip.offsetWidth;
      const room = root.clientWidth - box.left - width - 2;
      const beside = x + 10 <= room ? x + 10 : x - 10 - width;
      tip.style.left = Math.max(2 - box.left, Math.min(room, beside)) + "px";
    };
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      if (box.width) show(nearest(axis.positions, (event.clientX - box.left) / box.width * 1000));
    });
    plot.addEventListener("pointerleave", hide);
    plot.addEventListener("blur", hide);
    plot.addEventListener("keydown", (event) => {
      const last = axis.names.length - 1;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last, PageUp: at - 24, PageDown: at + 24 }[event.key];
      if (event.key === "Escape") hide();
      if (to === undefined) return;
      event.preventDefault();
      show(at < 0 ? Math.floor(last / 2) : to);
    });
  }

  // Pointing at a name in a legend dims the others.
  for (const figure of document.querySelectorAll("figure")) {
    for (const entry of figure.querySelectorAll(".legend li")) {
      const dim = (on) => figure.querySelectorAll("[data-series]").forEach((part) => {
        part.classList.toggle("dim", on && part.dataset.series !== entry.dataset.series);
      });
      entry.addEventListener("pointerenter", () => dim(true));
      entry.addEventListener("pointerleave", () => dim(false));
    }
  }

  // The entry of the section that is being read.
  const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) link.toggleAttribute("aria-current", id === current);
  }, { rootMargin: "-10% 0px -60% 0px" });
  document.querySelectorAll("main > section").forEach((section) => observer.observe(section));

  // On paper the folded tables of small size are open.
  addEventListener("beforeprint", () => document.querySelectorAll("figure details").forEach((part) => {
    part.open = part.querySelectorAll("tr").length <= 30;
  }));

  // What the page says about itself, for tests: how many charts it has and how many came out with a size.
  const charts = [...document.querySelectorAll("figure")].filter((figure) => figure.querySelector("svg"));
  const sized = (mark) => { const box = mark.getBoundingClientRect(); return box.width > 0 || box.height > 0; };
  root.dataset.charts = String(charts.length);
  root.dataset.drawn = String(charts.filter((figure) => [...figure.querySelectorAll(".mark")].some(sized)).length);
})();

// Sorting, filtering, downloads, and reading an ECG. The page is complete without it.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // Sorting: by data-sort where a cell has it, else by its text; what has no value comes last.
  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.sort === undefined) return cell.textContent.trim().toLowerCase() || null;
    return cell.dataset.sort === "" ? null : Number(cell.dataset.sort);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
  const sort = (table, header, column) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : (descending ? -1 : 1) * compare(a, b)));
    body.append(...rows.map(([, row]) => row));
  };

  // Downloads: what is shown, as CSV; a text that a spreadsheet would run is kept a text.
  const csv = (table) => {
    const quote = (text) => {
      const plain = text.trim().replace(/\s+/g, " ");
      const formula = /^[=+\-@]/.test(plain) && Number.isNaN(Number(plain));
      return `"${(formula ? "'" + plain : plain).replace(/"/g, '""')}"`;
    };
    const cells = (row) => [...row.cells].flatMap((cell) => [quote(cell.dataset.sort && !cell.querySelector("a") ? cell.dataset.sort : cell.textContent), ...Array(cell.colSpan - 1).fill('""')]);
    return [...table.tHead.rows, ...table.tBodies[0].rows, ...(table.tFoot?.rows ?? [])].filter((row) => !row.hidden).map((row) => cells(row).join(",")).join("\r\n") + "\r\n";
  };
  const save = (name, type, text) => {
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const tools = (after, label, run) => {
    const bar = make("p", { className: "tools" });
    bar.append(make("button", { type: "button", textContent: label, onclick: run }));
    after.after(bar);
  };

  all("table.data").forEach((table, n) => {
    const headers = [...table.tHead.rows].at(-1).cells;
    [...headers].forEach((header, column) => {
      if (header.tagName !== "TH" || header.querySelector(".hidden")) return;
      const button = make("button", { type: "button", title: "Sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
    tools(table.closest(".scroll"), "CSV", () => save(`${table.dataset.name}-${n + 1}.csv`, "text/csv", csv(table)));
  });

  // Filtering the label issues.
  const issues = document.getElementById("issue-table");
  if (issues) {
    const choice = document.getElementById("issue-class");
    const search = document.getElementById("issue-search");
    const count = document.getElementById("issue-count");
    const rows = [...issues.tBodies[0].rows];
    const filter = () => {
      const text = search.value.toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = (choice?.value && row.dataset.label !== choice.value) || !row.textContent.toLowerCase().includes(text);
        if (!row.hidden) shown += 1;
      }
      count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
    };
    choice?.addEventListener("change", filter);
    search.addEventListener("input", filter);
    search.closest(".filters").hidden = false;
  }

  // Reading an ECG: a line through all strips of the same time, and what the ribbon says there.
  const segmentsOf = (timeline) => all(".ribbon path", timeline).map((path) => {
    const [x, , width] = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    return { x, width, text: path.firstElementChild.textContent };
  });
  const readable = (figure) => {
    const svg = figure.querySelector("svg");
    const cursor = svg.querySelector(".cursor");
    const readout = figure.querySelector(".readout");
    const timelines = new Map();
    const axes = all(".axis-of-time", svg).map((element) => {
      const { e: left, f: top } = element.transform.baseVal[0].matrix;
      const source = element.tagName === "use" ? element.getAttribute("href").slice(1) : element.firstElementChild.id;
      if (!timelines.has(source)) timelines.set(source, segmentsOf(document.getElementById(source)));
      return { left, bottom: top + Number(element.dataset.height), source, segments: timelines.get(source) };
    });
    const topOf = (axis) => Math.max(0, ...axes.filter((a) => a.bottom < axis.bottom).map((a) => a.bottom + 2));
    let axis = axes[0];
    let at = -1;
    const show = (x) => {
      const lines = axes.filter((a) => a.source === axis.source).map((a) => `M${a.left + x} ${topOf(a)}V${a.bottom}`);
      cursor.setAttribute("d", lines.join(""));
      readout.textContent = axis.segments[at]?.text ?? "";
    };
    const clear = () => { cursor.setAttribute("d", ""); readout.textContent = ""; };
    svg.addEventListener("pointermove", (event) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const bottom = Math.min(...axes.filter((a) => a.bottom >= y).map((a) => a.bottom));
      const found = axes.filter((a) => a.bottom === bottom && a.left <= x).at(-1);
      if (!found) return;
      axis = found;
      at = axis.segments.findIndex((s) => x - axis.left >= s.x && x - axis.left < s.x + s.width);
      show(x - axis.left);
    });
    svg.addEventListener("pointerleave", clear);
    figure.addEventListener("blur", clear);
    figure.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || !axis?.segments.length) return;
      event.preventDefault();
      at = Math.max(0, Math.min(axis.segments.length - 1, at + step));
      const { x, width } = axis.segments[at];
      show(x + width / 2);
    });
  };
  // Nothing is read before an ECG is pointed at or focused.
  all("figure.strip").forEach((figure) => {
    const once = () => { if (!figure.dataset.ready) { figure.dataset.ready = "yes"; readable(figure); } };
    figure.addEventListener("pointerenter", once);
    figure.addEventListener("focus", once);
  });

  // The section in view, in the table of contents; everything open on paper.
  const links = new Map(all(".contents a").map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((e) => e.isIntersecting)) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  all("main > section").forEach((section) => watch.observe(section));
  addEventListener("beforeprint", () => all("details").forEach((d) => { d.open = true; }));
})();


// Sorting: by data-sort where a cell has it, else by its text; what has no value comes last.
{
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
  const text = (cell) => {
    const plain = (cell.dataset.sort && !cell.querySelector("a") ? cell.dataset.sort : cell.textContent).trim().replace(/\s+/g, " ");
    return /^[=+\-@]/.test(plain) && Number.isNaN(Number(plain)) ? `'${plain}` : plain;
  };
  const csv = (table) => [...table.tHead.rows, ...table.tBodies[0].rows, ...(table.tFoot?.rows ?? [])]
    .filter((row) => !row.hidden)
    .map((row) => csvLine([...row.cells].filter((cell) => !cell.classList.contains("review")).flatMap((cell) => [text(cell), ...Array(cell.colSpan - 1).fill("")])))
    .join("");

  all("table.data").forEach((table, n) => {
    const headers = [...table.tHead.rows].at(-1).cells;
    [...headers].forEach((header, column) => {
      if (header.tagName !== "TH" || header.querySelector(".hidden") || header.classList.contains("review")) return;
      const button = make("button", { type: "button", title: "Sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, column));
    });
    tools(table.closest(".scroll"), "save-csv", "CSV", "Save this table", () => save(`${table.dataset.name}-${n + 1}.csv`, "text/csv", csv(table)));
  });
}

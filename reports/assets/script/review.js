
// Reviewing label issues: filters, decisions kept in the browser, and the CSV that `ecg-audit review apply` reads.
const issueTable = document.getElementById("issue-table");
if (issueTable) {
  const rows = [...issueTable.tBodies[0].rows];
  const at = (id) => document.getElementById(id);
  const columns = JSON.parse(issueTable.dataset.columns);
  const [decisionAt, correctedAt, commentAt] = ["decision", "corrected_label", "comment"].map((name) => columns.indexOf(name));
  const words = ["accept", "reject", "relabel"];
  // One entry per issue on the page: the cells of its line, the last three the reviewer's.
  const issues = rows.map((row) => ({ row, cells: JSON.parse(row.dataset.cells), holders: [] }));
  // Lines of an imported review about issues that this page does not show: kept, and exported again.
  let others = [];

  // Filters.
  const filters = { text: at("issue-search"), label: at("issue-class"), reason: at("issue-reason"), group: at("issue-group"), decision: at("issue-decision") };
  const fits = ({ row, cells }) => {
    const chosen = (name) => filters[name]?.value ?? "";
    const decision = cells[decisionAt];
    return (!chosen("label") || row.dataset.label === chosen("label"))
      && (!chosen("reason") || row.dataset.reasons.split(" ").includes(chosen("reason")))
      && (!chosen("group") || JSON.parse(row.dataset.groups).includes(chosen("group")))
      && (!chosen("decision") || (chosen("decision") === "decided" ? decision : chosen("decision") === "open" ? !decision : decision === chosen("decision")))
      && row.dataset.search.includes(chosen("text").trim().toLowerCase());
  };
  const filter = () => {
    let shown = 0;
    for (const issue of issues) {
      issue.row.hidden = !fits(issue);
      if (!issue.row.hidden) shown += 1;
    }
    at("issue-count").textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
  };
  rows.forEach((row) => { row.dataset.search = row.textContent.replace(/\s+/g, " ").toLowerCase(); });
  Object.values(filters).forEach((control) => control?.addEventListener("input", filter));
  at("issue-search").closest(".filters").hidden = false;

  // Decisions.
  const key = `ecg-audit-review-${issueTable.dataset.audit}`;
  const message = (text) => { at("review-message").textContent = text; };
  const count = () => {
    const decided = issues.filter(({ cells }) => cells[decisionAt]);
    const each = words.map((word) => [decided.filter(({ cells }) => cells[decisionAt] === word).length, word]).filter(([n]) => n);
    at("review-progress").value = decided.length;
    at("review-count").textContent = `${decided.length} of ${issues.length} decided${each.length ? `: ${each.map(([n, word]) => `${n} ${word}`).join(", ")}` : ""}`;
  };
  const keep = () => {
    const own = issues.filter(({ cells }) => cells[decisionAt] || cells[commentAt]).map(({ cells }) => cells);
    const kept = store(key, JSON.stringify([...own, ...others]));
    at("review-kept").textContent = kept ? "Kept in this browser; export to hand on." : "This browser keeps nothing for pages opened from a file: export before you close the page.";
    count();
  };
  const show = ({ row, cells, holders }) => {
    row.classList.toggle("decided", Boolean(cells[decisionAt]));
    for (const { decision, corrected, comment } of holders) {
      decision.value = cells[decisionAt];
      corrected.value = cells[correctedAt];
      corrected.disabled = cells[decisionAt] !== "relabel";
      comment.value = cells[commentAt];
    }
  };
  const template = at("review-controls");
  all(".review[data-issue]").forEach((holder) => {
    const issue = issues.find(({ row }) => row.dataset.issue === holder.dataset.issue);
    if (!issue) return;
    const controls = template.content.cloneNode(true);
    const [decision, corrected, comment] = ["decision", "corrected", "comment"].map((name) => controls.querySelector(`.${name}`));
    const name = `${issue.cells[0]}, ${issue.cells[1]}`;
    decision.setAttribute("aria-label", `Decision on ${name}`);
    corrected.setAttribute("aria-label", `Corrected label of ${name}`);
    comment.setAttribute("aria-label", `Comment on ${name}`);
    const changed = () => {
      issue.cells[decisionAt] = decision.value;
      issue.cells[correctedAt] = decision.value === "relabel" ? corrected.value.trim() : "";
      issue.cells[commentAt] = comment.value.replace(/\s+/g, " ").trim();
      show(issue);
      keep();
    };
    [decision, corrected, comment].forEach((control) => control.addEventListener("change", changed));
    holder.append(controls);
    issue.holders.push({ decision, corrected, comment });
  });

  // A text that a spreadsheet would run has a quote before it, as in issues.csv.
  const guarded = (text) => (/^[=+\-@\t\r']/.test(text) ? `'${text}` : text);
  const plain = (text) => (/^'[=+\-@\t\r']/.test(text) ? text.slice(1) : text);
  const line = (cells) => csvLine(cells.map((cell, column) => (column === correctedAt || column === commentAt ? guarded(cell) : cell)));
  at("review-export").addEventListener("click", () => {
    const lines = [columns, ...issues.map(({ cells }) => cells), ...others];
    save("reviewed.csv", "text/csv", "\ufeff" + lines.map((cells, n) => (n ? line(cells) : csvLine(cells))).join(""));
  });

  // Reading a review: separated by comma, semicolon or tab, quoted as RFC 4180 has it.
  const parse = (text) => {
    const first = text.slice(0, text.search(/[\r\n]|$/));
    const separator = [",", ";", "\t"].map((mark) => [first.split(mark).length, mark]).sort(([a], [b]) => b - a)[0][1];
    const lines = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i += 1) {
      const mark = text[i];
      const cells = lines.at(-1);
      if (quoted) {
        if (mark !== '"') cells[cells.length - 1] += mark;
        else if (text[i + 1] === '"') { cells[cells.length - 1] += mark; i += 1; } else quoted = false;
      } else if (mark === '"' && cells.at(-1) === "") quoted = true;
      else if (mark === separator) cells.push("");
      else if (mark === "\n") lines.push([""]);
      else if (mark !== "\r" || text[i + 1] !== "\n") cells[cells.length - 1] += mark;
    }
    return lines.filter((cells) => cells.some((cell) => cell.trim()));
  };
  // What a decision is about: record, label, given and suggested.
  const subject = (cells) => JSON.stringify(cells.slice(0, 4).map((cell) => plain(cell.trim())));
  const take = (lines) => {
    const wrong = lines.find((cells) => cells[decisionAt].trim() && !words.includes(cells[decisionAt].trim().toLowerCase()));
    if (wrong) throw new Error(`record ${wrong[0]}: the decision “${wrong[decisionAt]}” is none of ${words.join(", ")}.`);
    const bySubject = new Map(issues.map((issue) => [subject(issue.cells), issue]));
    others = [];
    let taken = 0;
    for (const cells of lines) {
      const issue = bySubject.get(subject(cells));
      const decision = cells[decisionAt].trim().toLowerCase();
      const reviewed = [decision, plain(cells[correctedAt].trim()), plain(cells[commentAt].trim())];
      if (!issue) {
        if (decision || reviewed[2]) others.push([...cells.slice(0, decisionAt), ...reviewed]);
        continue;
      }
      if (decision) taken += 1;
      issue.cells.splice(decisionAt, 3, ...reviewed);
    }
    issues.forEach(show);
    return taken;
  };
  at("review-file").addEventListener("change", async ({ target }) => {
    const file = target.files[0];
    if (!file) return;
    try {
      const [header, ...lines] = parse((await file.text()).replace(/^\ufeff/, ""));
      const places = columns.map((name) => (header ?? []).findIndex((cell) => cell.trim().toLowerCase() === name));
      const missing = columns.filter((_, n) => places[n] < 0);
      if (missing.length) throw new Error(`the first line lacks the column${missing.length > 1 ? "s" : ""} ${missing.join(", ")}.`);
      const ordered = lines.map((cells) => places.map((place) => cells[place] ?? ""));
      const taken = take(ordered);
      keep();
      message(`${file.name}: ${taken} decision${taken === 1 ? "" : "s"} read${others.length ? `; ${others.length} on labels that this page does not show, kept for the export` : ""}.`);
    } catch (error) {
      message(`${file.name} cannot be read as a review: ${error.message} Expected a CSV with the columns ${columns.join(", ")}, as issues.csv has them.`);
    }
    target.value = "";
    filter();
  });

  try { take(JSON.parse(stored(key) ?? "[]")); } catch { message("The decisions kept in this browser could not be read."); }
  at("review-progress").max = Math.max(1, issues.length);
  at("review").hidden = false;
  count();
}

// Sorting by mouse and keyboard, and filtering.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openAll, withPage } from "./support/browser.mjs";

/** In the page: what is wrong with the order of a table's column, if anything. */
const disorder = ([table, column, direction]) => {
  const value = (row) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim().toLowerCase() : cell.dataset.sort && Number(cell.dataset.sort);
  };
  const values = [...document.querySelectorAll("table.data")[table].tBodies[0].rows].map(value);
  const from = values.indexOf("");
  const filled = from < 0 ? values : values.slice(0, from);
  if (from >= 0 && values.slice(from).some((other) => other !== "")) return `empty cells are not last: ${values}`;
  const sign = direction === "ascending" ? 1 : -1;
  const collator = new Intl.Collator("en", { numeric: true });
  const wrong = filled.findIndex((other, i) => i > 0 && sign * (typeof other === "number" ? filled[i - 1] - other : collator.compare(filled[i - 1], other)) > 0);
  return wrong < 0 ? null : `${filled[wrong - 1]} stands before ${filled[wrong]}`;
};

for (const kind of ["plain", "regression", "networks", "hostile"]) {
  test(`${kind}: every column of every table sorts both ways`, async (t) => {
    await withPage(kind, {}, async (page) => {
      await openAll(page);
      const tables = await page.locator("table.data").evaluateAll((all) => all.map((table) => [...[...table.tHead.rows].at(-1).cells].map((cell) => Boolean(cell.querySelector("button")))));
      assert.ok(tables.length > 5, `${tables.length} tables`);
      for (const [at, columns] of tables.entries()) {
        const rows = await page.locator("table.data").nth(at).evaluate((table) => table.tBodies[0].rows.length);
        for (const column of columns.keys()) {
          if (!columns[column]) continue;
          for (const direction of ["ascending", "descending"]) {
            const found = await page.evaluate(([table, place]) => {
              const header = [...document.querySelectorAll("table.data")[table].tHead.rows].at(-1).cells[place];
              header.querySelector("button").click();
              return { sort: header.getAttribute("aria-sort"), sorted: header.closest("table").querySelectorAll("[aria-sort]").length, rows: header.closest("table").tBodies[0].rows.length };
            }, [at, column]);
            assert.deepEqual(found, { sort: direction, sorted: 1, rows });
            assert.equal(await page.evaluate(disorder, [at, column, direction]), null, `table ${at}, column ${column}, ${direction}`);
          }
        }
      }
      t.diagnostic(`${kind}: ${tables.flat().filter(Boolean).length} columns of ${tables.length} tables`);
    });
  });
}

test("mouse and keyboard sort alike", async () => {
  await withPage("plain", {}, async (page) => {
    const header = page.locator("#issue-table thead th", { hasText: "Score" });
    await header.getByRole("button").click();
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    await page.keyboard.press("Enter");
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await page.keyboard.press("Space");
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    assert.ok(await header.getByRole("button").evaluate((button) => button === document.activeElement), "focus stays");
  });
});

/** The rows of the issues that are shown. */
const shown = (page) => page.locator("#issue-table tbody tr:visible");

test("issues are filtered by class and by text, and the count says so", async () => {
  await withPage("plain", {}, async (page) => {
    const whole = await shown(page).count();
    const choice = page.locator("#issue-class");
    for (const label of await choice.locator("option").evaluateAll((options) => options.map((option) => option.value).filter(Boolean))) {
      await choice.selectOption(label);
      const labels = await shown(page).evaluateAll((rows) => rows.map((row) => row.dataset.label));
      assert.ok(labels.length > 0 && labels.length < whole && labels.every((other) => other === label), `${label}: ${labels}`);
      assert.equal(await page.locator("#issue-count").textContent(), `${labels.length} of ${whole} shown`);
    }
    await choice.selectOption("");
    assert.equal(await shown(page).count(), whole);
    const record = await shown(page).nth(2).locator("th").textContent();
    await page.locator("#issue-search").fill(record.trim().toUpperCase());
    assert.equal(await shown(page).count(), 1);
    await page.locator("#issue-search").fill("no such record");
    assert.equal(await shown(page).count(), 0);
    assert.equal(await page.locator("#issue-count").textContent(), `0 of ${whole} shown`);
    await page.locator("#issue-search").fill("");
    assert.equal(await page.locator("#issue-count").textContent(), "");
  });
});

for (const [filter, data] of [["reason", "reasons"], ["group", "groups"]]) {
  test(`issues are filtered by ${filter}`, async () => {
    await withPage("plain", {}, async (page) => {
      const whole = await shown(page).count();
      const choice = page.locator(`#issue-${filter}`);
      const values = await choice.locator("option").evaluateAll((options) => options.map((option) => option.value).filter(Boolean));
      assert.ok(values.length > 0);
      for (const value of values) {
        await choice.selectOption(value);
        const each = await shown(page).evaluateAll((rows, name) => rows.map((row) => row.dataset[name]), data);
        assert.ok(each.length > 0 && each.length <= whole, value);
        assert.ok(each.every((held) => held.includes(value)), `${value}: ${each}`);
      }
    });
  });
}

test("a filter stays when the table is sorted", async () => {
  await withPage("plain", {}, async (page) => {
    await page.locator("#issue-class").selectOption("MI");
    const before = await shown(page).count();
    await page.locator("#issue-table thead th", { hasText: "Score" }).getByRole("button").click();
    assert.equal(await shown(page).count(), before);
  });
});

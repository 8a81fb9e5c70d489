// Every table is saved as CSV and every picture as SVG, each good by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { allSaved, download, openAll, withPage } from "./support/browser.mjs";

/** What a spreadsheet would run. */
const FORMULA = /^[=+\-@\t\r]/;

/** As RFC 4180 has it: lines end with CRLF, each has as many cells. */
const table = (text) => {
  assert.ok(text.endsWith("\r\n"), "the last line ends");
  assert.ok(!/[^\r]\n/.test(text.replace(/"(?:[^"]|"")*"/g, "")), "lines end with CRLF");
  return parse(text, { record_delimiter: "\r\n", relax_column_count: false, bom: false });
};

for (const kind of ["plain", "regression", "networks", "hostile"]) {
  test(`${kind}: every table is saved as what is shown`, async (t) => {
    await withPage(kind, {}, async (page) => {
      await openAll(page);
      const tables = await page.locator("table.data").evaluateAll((all) => all.map((each) => ({
        rows: [...each.rows].length,
        headers: [...[...each.tHead.rows].at(-1).cells].filter((cell) => !cell.classList.contains("review")).map((cell) => cell.textContent.trim().replace(/\s+/g, " ")),
      })));
      const saved = await allSaved(page, "button.save-csv");
      assert.equal(saved.length, tables.length);
      const names = new Set();
      for (const [at, { rows, headers }] of tables.entries()) {
        const { name, text } = saved[at];
        const cells = table(text);
        assert.ok(/^[\w-]+\.csv$/.test(name) && !names.has(name), name);
        names.add(name);
        assert.equal(cells.length, rows, name);
        const unguarded = cells.flat().filter((cell) => FORMULA.test(cell) && Number.isNaN(Number(cell)));
        assert.deepEqual(unguarded, [], name);
        // Several rows of headings may stand above each other; the last names the columns.
        const heading = cells.find((line) => line.length === headers.length && headers.every((header, i) => line[i].replace(/^'/, "") === header || line[i] === ""));
        assert.ok(heading, `${name}: ${headers}`);
      }
      t.diagnostic(`${kind}: ${tables.length} tables`);
    });
  });
}

test("a filtered table is saved as it is shown", async () => {
  await withPage("plain", {}, async (page) => {
    await page.locator("#issue-class").selectOption("CD");
    const shown = await page.locator("#issue-table tbody tr:visible").count();
    const { text } = await download(page, () => page.locator("#issue-table").locator("xpath=ancestor::div[1]/following-sibling::p[1]").getByRole("button", { name: "CSV" }).click());
    assert.equal(table(text).length, shown + 1);
  });
});

/** In the page: what keeps a text from being a picture by itself. */
const inspect = (text) => {
  const picture = new DOMParser().parseFromString(text, "image/svg+xml");
  const fault = picture.querySelector("parsererror");
  if (fault) return [fault.textContent];
  const root = picture.documentElement;
  const faults = [];
  if (root.localName !== "svg" || root.namespaceURI !== "http://www.w3.org/2000/svg") faults.push(`the root is ${root.nodeName} of ${root.namespaceURI}`);
  if (!root.hasAttribute("viewBox")) faults.push("no viewBox");
  for (const element of root.querySelectorAll("*")) {
    if (["script", "foreignObject", "image", "iframe"].includes(element.localName)) faults.push(`it holds a ${element.localName}`);
    if (element.getAttributeNames().some((name) => name.startsWith("on"))) faults.push("it runs something");
  }
  for (const element of root.querySelectorAll("[href]")) {
    const target = element.getAttribute("href");
    if (!target.startsWith("#") || !picture.getElementById(target.slice(1))) faults.push(`it needs ${target}`);
  }
  const style = [...root.querySelectorAll("style")].map((each) => each.textContent).join("");
  if (/url\((?!["']?#)|@import/.test(style)) faults.push("it loads something");
  for (const [, variable] of style.matchAll(/var\((--[\w-]+)/g)) {
    if (!new RegExp(`${variable}\\s*:`).test(style)) faults.push(`${variable} has no value`);
  }
  return faults;
};

for (const kind of ["plain", "regression", "hostile"]) {
  test(`${kind}: every picture is saved as one that stands alone`, async (t) => {
    await withPage(kind, {}, async (page, { context }) => {
      await openAll(page);
      const saved = await allSaved(page, "button.save-svg");
      // Apart from the page, whose policy would hold for what is read within it.
      const apart = await context.newPage();
      assert.ok(saved.length > 5, `${saved.length} pictures`);
      const names = new Set();
      for (const { name, text } of saved) {
        assert.ok(/^[\w-]+\.svg$/.test(name) && !names.has(name), name);
        names.add(name);
        assert.deepEqual(await apart.evaluate(inspect, text), [], name);
      }
      t.diagnostic(`${kind}: ${saved.length} pictures`);
    });
  });
}

test("a saved ECG looks as it does on the page", async () => {
  await withPage("plain", {}, async (page, { context }) => {
    const { text } = await download(page, () => page.locator(".record button.save-svg").first().click());
    const alone = await context.newPage();
    // As an image, which takes nothing from the page around it.
    await alone.setContent(`<body style="margin:0"><img src="data:image/svg+xml;base64,${Buffer.from(text).toString("base64")}">`);
    const seen = await alone.evaluate(async () => {
      const image = document.images[0];
      await image.decode();
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
      const drawing = canvas.getContext("2d");
      drawing.drawImage(image, 0, 0);
      const { data } = drawing.getImageData(0, 0, canvas.width, canvas.height);
      let dark = 0;
      const colours = new Set();
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] + data[i + 1] + data[i + 2] < 150 && data[i + 3] > 200) dark += 1;
        colours.add((data[i] >> 4) * 256 + (data[i + 1] >> 4) * 16 + (data[i + 2] >> 4));
      }
      return { width: image.naturalWidth, share: dark / (data.length / 4), colours: colours.size };
    });
    // Curves on paper: neither all black, as without its rules, nor empty.
    assert.ok(seen.share > 0.001 && seen.share < 0.2, JSON.stringify(seen));
    assert.ok(seen.colours > 20 && seen.width > 800, JSON.stringify(seen));
  });
});

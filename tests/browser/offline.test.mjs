// A page is one file: it asks for nothing else, complains about nothing, and is small.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { fileOf, KINDS, openAll, withPage } from "./support/browser.mjs";

const MEGABYTE = 1_000_000;

for (const kind of KINDS) {
  test(`${kind}: nothing but the file is asked for, nothing is complained about`, async (t) => {
    await withPage(kind, {}, async (page, { requests }) => {
      await openAll(page);
      await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
      const other = requests.filter((url) => url !== pathToFileURL(fileOf(kind)).href && !url.startsWith("data:"));
      assert.deepEqual(other, []);
      const paint = await page.evaluate(() => ({
        first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
        loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
      }));
      const size = statSync(fileOf(kind)).size;
      t.diagnostic(`${kind}: ${(size / MEGABYTE).toFixed(2)} MB, first paint after ${Math.round(paint.first)} ms, loaded after ${Math.round(paint.loaded)} ms`);
      assert.ok(size <= 5 * MEGABYTE, `${size} bytes`);
    });
  });
}

test("a script that is not the page's own is refused by its policy", async () => {
  await withPage("plain", {}, async (page, { faults }) => {
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = 'taken over'" })));
    assert.notEqual(await page.title(), "taken over");
    assert.ok(faults.some((fault) => fault.startsWith("policy: script-src")), faults.join("\n"));
    faults.length = 0;
  });
});

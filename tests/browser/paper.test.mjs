// Printing: A4 and Letter, nothing cut, ECGs to scale.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesOf, uprightLines } from "./support/pdf.mjs";
import { openAll, withPage } from "./support/browser.mjs";

/** Upright sheets, millimetres. */
const SHEETS = { A4: [210, 297], Letter: [215.9, 279.4] };
const MILLIMETRE = 96 / 25.4;

const near = (value, wanted, tolerance = 1) => Math.abs(value - wanted) <= tolerance;

/** The distance of the grid's finest lines on a page, millimetres of paper; `null` where there is no grid. */
const pitch = (drawn) => {
  const lines = uprightLines(drawn).filter(({ length }) => length > 15);
  const places = [...new Set(lines.map(({ x }) => Math.round(x * 1000) / 1000))].sort((a, b) => a - b);
  const steps = places.slice(1).map((x, i) => x - places[i]).filter((step) => step > 0.3 && step < 1.7).sort((a, b) => a - b);
  return steps.length > 100 ? steps[Math.floor(steps.length / 2)] : null;
};

for (const [sheet, [short, long]] of Object.entries(SHEETS)) {
  for (const kind of ["plain", "regression"]) {
    test(`${kind} on ${sheet}: every sheet has its size, and a millimetre of an ECG is one of paper`, async (t) => {
      await withPage(kind, {}, async (page) => {
        const ecgs = await page.locator("figure.strip").count();
        const pages = pagesOf(await page.pdf({ format: sheet, preferCSSPageSize: true }));
        const sizes = pages.map(({ width, height }) => (near(width, short) && near(height, long) ? "upright" : near(width, long) && near(height, short) ? "across" : `${width} × ${height}`));
        assert.deepEqual([...new Set(sizes)].filter((size) => !["upright", "across"].includes(size)), []);
        const pitches = pages.map(({ drawn }) => pitch(drawn)).filter((found) => found !== null);
        t.diagnostic(`${kind} on ${sheet}: ${pages.length} pages for ${ecgs} ECGs, grid ${Math.min(...pitches).toFixed(4)} to ${Math.max(...pitches).toFixed(4)} mm`);
        assert.ok(pitches.length >= ecgs, `${pitches.length} grids for ${ecgs} ECGs`);
        assert.ok(pitches.every((found) => near(found, 1, 0.01)), pitches.join(", "));
        assert.ok(pages.length < 40 + 2 * ecgs, `${pages.length} pages`);
        assert.ok(pages.every(({ drawn }) => drawn.length > 200), "no sheet is empty");
      });
    });
  }
}

/** In the page: what is wider than a sheet's printable part, `room` upright and `roomAcross` for ECGs. */
const cut = ([room, roomAcross]) => {
  const right = (element) => element.getBoundingClientRect().right - document.body.getBoundingClientRect().left;
  // What is cut on purpose widens nothing.
  const clipped = (element) => {
    for (let up = element.parentElement; up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible" && right(up) <= room + 1) return true;
    }
    return false;
  };
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().width > 0 && !element.closest("svg *, .hidden"))
    .filter((element) => right(element) > (element.closest(".record") ? roomAcross : room) + 1 && !clipped(element))
    .map((element) => `${element.localName}.${element.getAttribute("class") ?? ""} of ${element.closest("[id]")?.id}: ${Math.round(right(element))} px`)
    .slice(0, 10);
};

for (const [sheet, [short, long]] of Object.entries(SHEETS)) {
  test(`${sheet}: nothing is wider than the paper`, async () => {
    for (const kind of ["plain", "regression", "networks", "hostile"]) {
      await withPage(kind, {}, async (page) => {
        // The margins that the style sheet sets.
        const [upright, across] = await page.evaluate(() => {
          const margins = (rule) => rule.style.marginLeft;
          const rules = [...document.styleSheets[0].cssRules].filter((rule) => rule instanceof CSSPageRule);
          const of = (name) => parseFloat(margins(rules.find((rule) => rule.selectorText === name)));
          return [of(""), of("ecg")];
        });
        const room = (short - 2 * upright) * MILLIMETRE;
        const roomAcross = (long - 2 * across) * MILLIMETRE;
        await openAll(page);
        await page.emulateMedia({ media: "print" });
        await page.setViewportSize({ width: Math.floor(room), height: 1000 });
        assert.deepEqual(await page.evaluate(cut, [room, roomAcross]), [], kind);
      });
    }
  });
}

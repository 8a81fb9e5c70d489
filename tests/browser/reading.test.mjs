// Reading an ECG: what the ribbon says under the pointer, and lengths that are true to scale.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withPage } from "./support/browser.mjs";

const MILLIMETRE = 96 / 25.4;
const READOUT = /\d.*cluster \d+.*membership.*uncertainty/i;

/** The first ECG and where its first ribbon is, in pixels of the window. */
const firstEcg = async (page) => {
  const figure = page.locator("figure.strip").first();
  await figure.scrollIntoViewIfNeeded();
  const ribbon = await figure.locator(".axis-of-time").first().boundingBox();
  return { figure, readout: figure.locator(".readout"), ribbon };
};

for (const kind of ["plain", "regression"]) {
  test(`${kind}: pointing at an ECG tells time, cluster, membership and uncertainty`, async () => {
    await withPage(kind, {}, async (page) => {
      const { figure, readout, ribbon } = await firstEcg(page);
      const y = ribbon.y + ribbon.height / 2;
      const said = [];
      for (const share of [0.1, 0.4, 0.7]) {
        await page.mouse.move(ribbon.x + share * ribbon.width, y);
        said.push(await readout.textContent());
      }
      assert.ok(said.every((text) => READOUT.test(text)), said.join("\n"));
      assert.equal(new Set(said).size, said.length, "each place says its own");
      const times = said.map((text) => Number(text.match(/-?\d+(\.\d+)?/)[0]));
      assert.ok(times[0] < times[1] && times[1] < times[2], said.join("\n"));
      assert.notEqual(await figure.locator(".cursor").getAttribute("d"), "");
      await page.mouse.move(1, 1);
      assert.equal(await readout.textContent(), "");
    });
  });
}

test("the arrow keys walk through the clusters and stop at the ends", async () => {
  await withPage("plain", {}, async (page) => {
    const { figure, readout } = await firstEcg(page);
    await figure.focus();
    const walked = [];
    for (let i = 0; i < 4; i += 1) {
      await page.keyboard.press("ArrowRight");
      walked.push(await readout.textContent());
    }
    assert.ok(walked.every((text) => READOUT.test(text)) && new Set(walked).size === 4, walked.join("\n"));
    await page.keyboard.press("ArrowLeft");
    assert.equal(await readout.textContent(), walked[2]);
    for (let i = 0; i < 6; i += 1) await page.keyboard.press("ArrowLeft");
    assert.equal(await readout.textContent(), walked[0]);
    await page.keyboard.press("Tab");
    assert.equal(await readout.textContent(), "", "nothing is read without focus");
  });
});

/** In the page: pixels per millimetre of each ECG, by its matrix, and of its grid of 5 mm, by its path. */
const scales = () => [...document.querySelectorAll("svg.ecg")].map((svg) => {
  const across = svg.getScreenCTM();
  const majors = [...svg.querySelectorAll(".major")].flatMap((path) => {
    const matrix = path.getScreenCTM();
    const lines = [...path.getAttribute("d").matchAll(/M(-?[\d.]+)[ ,](-?[\d.]+)v/gi)].map(([, x]) => matrix.a * Number(x) + matrix.e);
    return [...new Set(lines)].sort((a, b) => a - b);
  });
  const steps = majors.slice(1).map((x, i) => x - majors[i]).filter((step) => step > 0.5);
  return { across: across.a, up: across.d, skew: Math.abs(across.b) + Math.abs(across.c), grid: steps.length ? Math.min(...steps) / 5 : null, longest: steps.length ? Math.max(...steps) / 5 : null };
});

const near = (value, wanted, what) => assert.ok(Math.abs(value / wanted - 1) <= 0.01, `${what}: ${value} px/mm, not ${wanted}`);

for (const kind of ["plain", "regression", "large"]) {
  test(`${kind}: a millimetre of an ECG is a millimetre of the style sheet's on paper`, async (t) => {
    await withPage(kind, { width: 1200 }, async (page) => {
      await page.emulateMedia({ media: "print" });
      const found = await page.evaluate(scales);
      assert.ok(found.length > 0);
      for (const { across, up, skew } of found) {
        near(across, MILLIMETRE, "across");
        near(up, MILLIMETRE, "up");
        assert.equal(skew, 0);
      }
      const grids = found.filter(({ grid }) => grid !== null);
      assert.ok(grids.length > 0, "there is a grid of 5 mm");
      grids.forEach(({ grid }) => near(grid, MILLIMETRE, "grid"));
      t.diagnostic(`${kind}: ${found.length} ECGs, ${grids[0].grid.toFixed(4)} px/mm where ${MILLIMETRE.toFixed(4)} are true`);
    });
  });
}

test("on a screen an ECG is as large as there is room, never distorted", async () => {
  for (const width of [1280, 820, 390]) {
    await withPage("plain", { width }, async (page) => {
      const found = await page.evaluate(scales);
      for (const { across, up } of found) {
        assert.ok(across <= MILLIMETRE * 1.01 && across > 0.5, `${width}: ${across}`);
        near(up, across, "up");
      }
    });
  }
});

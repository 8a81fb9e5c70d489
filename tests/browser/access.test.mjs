// For those who use no mouse, or do not see the page: axe-core's rules, the keyboard alone, landmarks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { openAll, withPage } from "./support/browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SEVERE = ["serious", "critical"];

/** What axe-core finds: severe faults, each with its first places, and the names of the lesser ones. */
const examine = async (page, choice) => {
  await page.evaluate(AXE);
  return page.evaluate(async ([chosen, severe]) => {
    const { violations } = await axe.run(document, { ...chosen, resultTypes: ["violations"] });
    const places = (nodes) => nodes.slice(0, 4).map((node) => `${node.target.join(" ")}: ${node.failureSummary.split("\n")[1]?.trim()}`);
    return {
      severe: violations.filter(({ impact }) => severe.includes(impact)).map(({ id, impact, nodes }) => ({ id, impact, count: nodes.length, places: places(nodes) })),
      lesser: violations.filter(({ impact }) => !severe.includes(impact)).map(({ id, impact, nodes }) => `${id} (${impact}, ${nodes.length} places)`),
    };
  }, [choice, SEVERE]);
};

const everything = { runOnly: { type: "tag", values: RULES } };
// Colours do not depend on the width, nor the rest on the colours.
const contrast = { runOnly: { type: "rule", values: ["color-contrast"] } };
const others = { ...everything, rules: { "color-contrast": { enabled: false } } };
const looks = [
  ["plain", { colorScheme: "light", width: 1280 }, everything],
  ["plain", { colorScheme: "dark", width: 1280 }, contrast],
  ["plain", { colorScheme: "light", width: 390 }, others],
  ["regression", { colorScheme: "light", width: 1280 }, others],
  ["networks", { colorScheme: "light", width: 1280 }, others],
  ["empty", { colorScheme: "dark", width: 390 }, everything],
];
for (const [kind, look, rules] of looks) {
  test(`${kind}, ${look.colorScheme}, ${look.width} px: no severe fault`, async (t) => {
    await withPage(kind, look, async (page) => {
      await openAll(page);
      const { severe, lesser } = await examine(page, rules);
      if (lesser.length) t.diagnostic(`lesser: ${lesser.join(", ")}`);
      assert.deepEqual(severe, []);
    });
  });
}

/** In the page: what has the focus, whether one sees that, and whether it is on the screen. */
const focused = () => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    what: `${element.localName}#${element.id}.${element.className} ${element.textContent.trim().slice(0, 30)}`,
    at: [...document.querySelectorAll("*")].indexOf(element),
    ring: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none",
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
};

test("the first key leads past the contents to the summary", async () => {
  await withPage("plain", {}, async (page) => {
    await page.keyboard.press("Tab");
    const skip = page.locator("a.skip");
    assert.ok(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().left >= 0), "seen once it has the focus");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => location.hash), "#summary");
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => Boolean(document.activeElement.closest("main"))), "the next stop is in the main part");
  });
});

test("the keyboard reaches every control, and one sees where it is", async (t) => {
  await withPage("plain", { reducedMotion: "reduce" }, async (page) => {
    // Those that lie in something closed are out of reach until it is opened, by its own control.
    const controls = await page.evaluate(() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled)
      .map((element) => [...document.querySelectorAll("*")].indexOf(element)));
    const reached = new Set();
    const unseen = [];
    for (let i = 0; i < 2 * controls.length + 100; i += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(focused);
      if (!stop) break;
      if (!stop.ring || !stop.inView) unseen.push(`${stop.what}${stop.ring ? "" : " without a ring"}${stop.inView ? "" : " out of view"}`);
      reached.add(stop.at);
    }
    t.diagnostic(`${reached.size} stops`);
    assert.deepEqual(unseen.slice(0, 10), []);
    assert.deepEqual(controls.filter((at) => !reached.has(at)).length, 0, "controls are left out");
  });
});

test("the contents lead to every section and tell which one is in view", async () => {
  for (const width of [1280, 390]) {
    await withPage("plain", { width, reducedMotion: "reduce" }, async (page) => {
      const links = page.locator("nav.contents a");
      const sections = await page.locator("main > section").evaluateAll((all) => all.map((section) => section.id));
      assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.hash.slice(1))), sections);
      for (const [at, id] of sections.entries()) {
        await links.nth(at).focus();
        await page.keyboard.press("Enter");
        await page.waitForFunction((wanted) => location.hash === `#${wanted}` && document.querySelector(".contents [aria-current]")?.hash === `#${wanted}`, id, { timeout: 3000 }).catch(async () => {
          const current = await page.evaluate(() => document.querySelector(".contents [aria-current]")?.hash);
          const last = await page.evaluate(() => scrollY + innerHeight >= document.documentElement.scrollHeight - 2);
          // A short last section cannot come to the top.
          assert.ok(last, `${width} px: #${id} is marked as ${current}`);
        });
        const top = await page.locator(`#${id}`).evaluate((section) => section.getBoundingClientRect().top);
        assert.ok(top > -5 && top < 900, `${id} begins at ${top} px`);
      }
    });
  }
});

test("what is drawn has a name, and tables their headings", async () => {
  await withPage("plain", {}, async (page) => {
    const nameless = await page.evaluate(() => {
      const faults = [];
      for (const svg of document.querySelectorAll("svg")) {
        const hidden = svg.closest("[aria-hidden=true]");
        const named = svg.getAttribute("aria-label")?.trim() || svg.getAttribute("aria-labelledby") || svg.querySelector(":scope > title");
        if (!hidden && !(svg.getAttribute("role") === "img" && named)) faults.push(svg.outerHTML.slice(0, 120));
      }
      for (const table of document.querySelectorAll("table")) {
        const headings = [...table.querySelectorAll("th")];
        // The shades of a legend are a table by looks, with a name instead of headings.
        if (headings.length === 0 ? !table.getAttribute("aria-label") : headings.some((heading) => !heading.getAttribute("scope"))) faults.push(`table ${table.dataset.name ?? ""}: ${table.textContent.trim().slice(0, 40)}`);
      }
      return faults;
    });
    assert.deepEqual(nameless, []);
    const outline = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4, h5")].map((heading) => Number(heading.localName[1])));
    assert.equal(outline.filter((level) => level === 1).length, 1);
    assert.ok(outline.every((level, i) => i === 0 || level <= outline[i - 1] + 1), `no level is left out: ${outline}`);
    for (const role of ["banner", "navigation", "main", "contentinfo"]) assert.equal(await page.getByRole(role).count(), 1, role);
  });
});

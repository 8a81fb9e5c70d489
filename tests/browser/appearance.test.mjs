// Light and dark, widths, motion.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileOf, openAll, openWindow, WIDTHS, withPage } from "./support/browser.mjs";

/** In the page: relative luminance of the ground (WCAG 2), 0 to 1. */
const luminance = () => {
  const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

test("the page is as light or dark as the system", async () => {
  await withPage("plain", {}, async (page) => {
    assert.ok(await page.evaluate(luminance) > 0.8);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.ok(await page.evaluate(luminance) < 0.05);
    await page.emulateMedia({ colorScheme: "dark", media: "print" });
    assert.ok(await page.evaluate(luminance) > 0.8, "paper is light");
  });
});

test("the theme switch overrides the system, on paper too it stays light, and it is remembered", async () => {
  for (const system of ["light", "dark"]) {
    const { context, page, faults, visit } = await openWindow({ colorScheme: system });
    await visit(fileOf("plain"));
    const button = page.locator("button#theme");
    const looks = () => page.evaluate(luminance).then((bright) => (bright > 0.5 ? "light" : "dark"));
    const seen = new Map();
    // Once around: every state is one of the two looks, and both can be had.
    for (let i = 0; i < 3; i += 1) {
      seen.set(await button.textContent(), await looks());
      await button.click();
    }
    assert.equal(seen.size, 3, [...seen.keys()].join());
    assert.deepEqual(new Set(seen.values()), new Set(["light", "dark"]));
    assert.equal(await looks(), system, "back at the system's");
    const other = system === "light" ? "dark" : "light";
    while (await looks() !== other) await button.click();
    await page.reload();
    assert.equal(await looks(), other, "kept over a reload");
    await page.emulateMedia({ media: "print" });
    assert.equal(await looks(), "light", "paper");
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("nothing moves for those who asked for less motion", async () => {
  await withPage("plain", { reducedMotion: "reduce" }, async (page) => {
    const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((element) => {
      const style = getComputedStyle(element);
      return style.scrollBehavior === "smooth" || style.animationName !== "none" || style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    }).map((element) => element.outerHTML.slice(0, 80)));
    assert.deepEqual(moving, []);
  });
});

/** In the page: what reaches beyond the window and cannot be scrolled to within a box of its own. */
const beyond = () => {
  const clipped = (element) => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return true;
    }
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest("svg *") && !clipped(element))
    .map((element) => `${element.localName}.${element.getAttribute("class") ?? ""} to ${Math.round(element.getBoundingClientRect().right)} px: ${element.textContent.trim().slice(0, 40)}`)
    .slice(0, 5);
};

for (const width of WIDTHS) {
  test(`${width} px: pages scroll down only`, async () => {
    const { context, page, faults, visit } = await openWindow({ width });
    for (const kind of ["plain", "regression", "networks", "hostile", "empty", "one-record", "large"]) {
      await visit(fileOf(kind));
      for (const opened of [false, true]) {
        if (opened) await openAll(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${kind}${opened ? ", all open" : ""}: ${wide} px too wide: ${(await page.evaluate(beyond)).join("; ")}`);
      }
    }
    assert.deepEqual(faults, []);
    await context.close();
  });
}

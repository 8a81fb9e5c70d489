// Texts of an audit are shown as text, whatever they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { json, openAll, withPage } from "./support/browser.mjs";

const audit = json("hostile");
// As HTML reads them: line ends and what controls there are.
const flat = (text) => text.replace(/\s+/g, " ").trim();

const names = () => ({
  "the audit's name": [audit.name],
  classes: audit.classes,
  records: audit.traces.map((trace) => trace.record),
  "records of issues": audit.issues.items.map((issue) => issue.record),
  reasons: audit.issues.items.flatMap((issue) => issue.reasons),
  plugins: audit.provenance.plugins.map((plugin) => plugin.name),
  "the data's path": [audit.provenance.data.path],
  checks: audit.checks.map((check) => check.name),
  limits: audit.limits,
  "skipped records": audit.provenance.data.skipped.flatMap((skipped) => [skipped.record, skipped.reason]),
  metadata: audit.traces.flatMap((trace) => Object.entries(trace.metadata).slice(0, 12)).flat(),
});

test("no text becomes an element, an attribute or a dialog", async () => {
  let known;
  await withPage("plain", {}, async (page) => {
    known = await page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map((e) => e.localName))]);
  });
  await withPage("hostile", {}, async (page) => {
    await openAll(page);
    // Whatever reacts to the pointer or to focus has had its chance.
    await page.evaluate(() => {
      for (const element of document.querySelectorAll("body *")) ["mouseover", "mouseenter", "focus", "load", "error"].forEach((type) => element.dispatchEvent(new Event(type)));
    });
    const found = await page.evaluate((known) => ({
      scripts: document.scripts.length,
      elements: [...new Set([...document.querySelectorAll("*")].map((e) => e.localName))].filter((name) => !known.includes(name)),
      running: [...document.querySelectorAll("*")].flatMap((e) => e.getAttributeNames()).filter((name) => name.startsWith("on") || name === "src" || name === "srcdoc"),
      titles: document.querySelectorAll("head > title").length,
      // The policy lets no style attribute in either.
      styles: document.querySelectorAll("style").length,
      links: [...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href")).filter((href) => /^\s*(javascript|data|vbscript):/i.test(href)),
    }), known);
    assert.deepEqual(found, { scripts: 1, elements: [], running: [], titles: 1, styles: 1, links: [] });
    assert.equal(flat(await page.title()).startsWith(flat(audit.name)), true, await page.title());
  });
});

test("every text is there to be read", async () => {
  await withPage("hostile", {}, async (page) => {
    const shown = flat(await page.evaluate(() => document.body.textContent));
    for (const [what, texts] of Object.entries(names())) {
      for (const text of texts) {
        // Names of metadata are shown with spaces.
        const wanted = [flat(text), flat(text.replace(/_/g, " "))];
        assert.ok(wanted.some((form) => shown.includes(form)), `${what}: ${text.slice(0, 100)}`);
      }
    }
    assert.ok(!/\b49\b[^.]*\{%/.test(shown), "a text was taken for a template");
  });
});

test("long texts and texts in the other direction leave their surroundings alone", async () => {
  await withPage("hostile", {}, async (page) => {
    await openAll(page);
    const wide = await page.evaluate(() => [...document.querySelectorAll("td, th, dd, li, p, h1, h2, h3")]
      .filter((element) => element.getBoundingClientRect().height > 1500)
      .map((element) => `${element.tagName} ${Math.round(element.getBoundingClientRect().height)} px: ${element.textContent.slice(0, 60)}`));
    assert.deepEqual(wide, []);
    // A text that turns the direction of writing is isolated from what follows it.
    const loose = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const loose = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.data.includes("\u202e") || node.parentElement.closest("script, style, svg")) continue;
        if (!getComputedStyle(node.parentElement).unicodeBidi.includes("isolate") && getComputedStyle(node.parentElement).display === "inline") loose.push(node.parentElement.outerHTML.slice(0, 120));
      }
      return loose;
    });
    assert.deepEqual(loose, []);
  });
});

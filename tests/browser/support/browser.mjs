// One browser for a test file, and pages opened as a user opens them: from a file, in a window of their own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const needed = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by \`cargo xtask browser\``);
  return value;
};

const FOLDER = needed("ECG_AUDIT_PAGES");
const ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const browser = await chromium.launch({ executablePath: needed("ECG_AUDIT_CHROMIUM"), args: ARGUMENTS });
after(() => browser.close());

/** The kinds of sample audits, and the widths at which pages have to be readable. */
export const KINDS = ["plain", "multi-class", "regression", "networks", "hostile", "empty", "one-record", "large", "no-landmarks", "no-folds", "one-class", "no-issues", "no-ecgs"];
export const WIDTHS = [1280, 820, 390];

export const fileOf = (kind) => join(FOLDER, `${kind}.html`);
export const program = () => needed("ECG_AUDIT_PROGRAM");
export const json = (kind) => JSON.parse(readFileSync(join(FOLDER, `${kind}.json`), "utf8"));

/** A window in which `visit` opens pages; what they complain about is in `faults`. */
export const openWindow = async ({ width = 1280, height = 900, ...options } = {}) => {
  const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true, ...options });
  const faults = [];
  const requests = [];
  context.setDefaultTimeout(10_000);
  context.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  context.on("weberror", ({ error }) => faults.push(String(error())));
  context.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  context.on("request", (request) => requests.push(request.url()));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} by ${event.blockedURI} ${event.sample}`));
  });
  const page = await context.newPage();
  const visit = async (path) => {
    await page.goto(pathToFileURL(path).href);
    return page;
  };
  return { context, page, faults, requests, visit };
};

/** Opens the page of a kind, hands it to `use`, and closes it; the page may complain about nothing meanwhile. */
export const withPage = async (kind, options, use) => {
  const opened = await openWindow(options);
  try {
    await opened.visit(fileOf(kind));
    await use(opened.page, opened);
    assert.deepEqual(opened.faults, [], `${kind} complains`);
  } finally {
    await opened.context.close();
  }
};

/** What a download that `act` starts is called, and its text. */
export const download = async (page, act) => {
  const [file] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
};

/** What every button of `selector` saves, without the browser's limit on downloads that follow each other. */
export const allSaved = (page, selector) => page.evaluate(async (buttons) => {
  const saved = [];
  const [create, click] = [URL.createObjectURL, HTMLAnchorElement.prototype.click];
  let blob = null;
  URL.createObjectURL = (made) => { blob = made; return "#"; };
  HTMLAnchorElement.prototype.click = function () { saved.push({ name: this.download, blob }); };
  document.querySelectorAll(buttons).forEach((button) => button.click());
  [URL.createObjectURL, HTMLAnchorElement.prototype.click] = [create, click];
  return Promise.all(saved.map(async ({ name, blob }) => ({ name, text: await blob.text() })));
}, selector);

export const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));

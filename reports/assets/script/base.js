// The page's script, complete without it: sorting, downloads, reviewing, reading an ECG. Parts share this one scope.
"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// A page opened from a file may be kept from storing anything.
const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const store = (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; } };

const save = (name, type, text) => {
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
// A button of `kind` beneath a table, or in the caption of a picture that has one.
const tools = (after, kind, label, title, run) => {
  const button = make("button", { type: "button", className: `tool ${kind}`, textContent: label, title, onclick: run });
  const caption = after.querySelector(":scope > figcaption");
  if (caption) caption.append(" ", button);
  else after.after(make("p", { className: "tools" }, button));
};

// CSV as RFC 4180 has it.
const csvLine = (cells) => cells.map((cell) => `"${cell.replace(/"/g, '""')}"`).join(",") + "\r\n";

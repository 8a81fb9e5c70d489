
// Downloads of pictures: with the rules that they are drawn by, in light colours, so that each stands alone.
{
  // Rules for screens, print and dark stand in groups of their own, so these are those for light.
  const plainRules = [...document.styleSheets[0].cssRules].filter((rule) => rule instanceof CSSStyleRule && !rule.selectorText.includes("data-theme"));
  const variables = plainRules.filter((rule) => rule.selectorText === ":root").map((rule) => rule.cssText.replace(/color-scheme:[^;]*;/, ""));
  const rulesFor = (svg) => {
    const rules = [...variables];
    for (const rule of plainRules) {
      // Within the picture itself: a selector that begins outside it is cut to its last part.
      const inside = rule.selectorText.split(",").some((selector) => {
        const plain = selector.trim().replace(/::?(hover|focus|focus-visible|target|before|after)\b/g, "");
        try { return plain && (svg.matches(plain) || svg.querySelector(plain)); } catch { return false; }
      });
      if (inside) rules.push(rule.cssText);
    }
    return rules.join("\n");
  };

  const standalone = (svg) => {
    const copy = svg.cloneNode(true);
    all(".cursor", copy).forEach((cursor) => cursor.remove());
    const style = document.createElementNS(svg.namespaceURI, "style");
    style.textContent = rulesFor(svg);
    copy.prepend(style);
    return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
  };

  all("figure").forEach((figure, n) => {
    const svg = figure.querySelector("svg");
    if (!svg) return;
    const name = (figure.closest("[id]")?.id ?? "figure") + (figure.classList.contains("strip") ? "" : `-${n + 1}`);
    tools(figure, "save-svg", "SVG", "Save this picture", () => save(`${name}.svg`, "image/svg+xml", standalone(svg)));
  });
}

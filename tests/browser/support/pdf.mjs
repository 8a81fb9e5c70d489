// Reads what Chromium prints: pages, their size, and where lines are drawn on them.
import { inflateSync } from "node:zlib";

/** Points per millimetre. */
export const POINTS = 72 / 25.4;

/** The objects of a PDF by number: their dictionary as text, and their stream if they have one. */
const objectsOf = (bytes) => {
  const text = bytes.toString("latin1");
  const objects = new Map();
  for (const match of text.matchAll(/(?:^|[\r\n])(\d+) 0 obj\b/g)) {
    const start = match.index + match[0].length;
    const end = text.indexOf("endobj", start);
    const stream = text.slice(start, end).match(/stream\r?\n/);
    const head = text.slice(start, stream ? start + stream.index : end);
    let data = null;
    if (stream) {
      const from = start + stream.index + stream[0].length;
      const length = Number(head.match(/\/Length (\d+)(?! 0 R)/)?.[1] ?? text.indexOf("endstream", from) - from);
      data = bytes.subarray(from, from + length);
      if (/\/FlateDecode/.test(head)) data = inflateSync(data);
    }
    objects.set(Number(match[1]), { head, data });
  }
  return objects;
};

/** The pages of a PDF: width and height in millimetres, and what is drawn, as text. */
export const pagesOf = (bytes) => {
  const objects = objectsOf(bytes);
  return [...objects.values()].filter(({ head }) => /\/Type\s*\/Page\b/.test(head)).map(({ head }) => {
    const [left, bottom, right, top] = head.match(/\/MediaBox\s*\[([^\]]*)\]/)[1].trim().split(/\s+/).map(Number);
    const contents = [...(head.match(/\/Contents\s*(\[[^\]]*\]|\d+ 0 R)/)?.[1] ?? "").matchAll(/(\d+) 0 R/g)];
    const drawn = contents.map(([, number]) => objects.get(Number(number)).data.toString("latin1")).join("\n");
    return { width: (right - left) / POINTS, height: (top - bottom) / POINTS, drawn };
  });
};

const times = ([a, b, c, d, e, f], [A, B, C, D, E, F]) => [a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F];

/** The upright lines that a page strokes: x and length in millimetres of paper, from operators of paths (PDF 32000-1, 8.5). */
export const uprightLines = (drawn) => {
  const lines = [];
  const stack = [];
  let matrix = [1, 0, 0, 1, 0, 0];
  let path = [];
  let numbers = [];
  let last = null;
  for (const token of drawn.split(/\s+/)) {
    const number = Number(token);
    if (token !== "" && !Number.isNaN(number)) { numbers.push(number); continue; }
    const point = () => {
      const [x, y] = numbers.slice(-2);
      return [matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5]].map((p) => p / POINTS);
    };
    if (token === "q") stack.push(matrix);
    else if (token === "Q") matrix = stack.pop() ?? matrix;
    else if (token === "cm") matrix = times(numbers.slice(-6), matrix);
    else if (token === "m") last = point();
    else if (token === "l") {
      const next = point();
      if (last && Math.abs(next[0] - last[0]) < 1e-3) path.push({ x: next[0], length: Math.abs(next[1] - last[1]) });
      last = next;
    } else if (token === "S" || token === "s") { lines.push(...path); path = []; } else if (["f", "f*", "n", "B", "b"].includes(token)) path = [];
    numbers = [];
  }
  return lines;
};

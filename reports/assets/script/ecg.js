
{
  // Reading an ECG: a line through all strips of the same time, and what the ribbon says there.
  const segmentsOf = (timeline) => all(".ribbon path", timeline).map((path) => {
    const [x, , width] = path.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    return { x, width, text: path.firstElementChild.textContent };
  });
  const readable = (figure) => {
    const svg = figure.querySelector("svg");
    const cursor = svg.querySelector(".cursor");
    const readout = figure.querySelector(".readout");
    const timelines = new Map();
    const axes = all(".axis-of-time", svg).map((element) => {
      const { e: left, f: top } = element.transform.baseVal[0].matrix;
      const source = element.tagName === "use" ? element.getAttribute("href").slice(1) : element.firstElementChild.id;
      if (!timelines.has(source)) timelines.set(source, segmentsOf(document.getElementById(source)));
      return { left, bottom: top + Number(element.dataset.height), source, segments: timelines.get(source) };
    });
    const topOf = (axis) => Math.max(0, ...axes.filter((a) => a.bottom < axis.bottom).map((a) => a.bottom + 2));
    let axis = axes[0];
    let at = -1;
    const show = (x) => {
      const lines = axes.filter((a) => a.source === axis.source).map((a) => `M${a.left + x} ${topOf(a)}V${a.bottom}`);
      cursor.setAttribute("d", lines.join(""));
      readout.textContent = axis.segments[at]?.text ?? "";
    };
    const clear = () => { cursor.setAttribute("d", ""); readout.textContent = ""; };
    svg.addEventListener("pointermove", (event) => {
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const bottom = Math.min(...axes.filter((a) => a.bottom >= y).map((a) => a.bottom));
      const found = axes.filter((a) => a.bottom === bottom && a.left <= x).at(-1);
      if (!found) return;
      axis = found;
      at = axis.segments.findIndex((s) => x - axis.left >= s.x && x - axis.left < s.x + s.width);
      show(x - axis.left);
    });
    svg.addEventListener("pointerleave", clear);
    figure.addEventListener("blur", clear);
    figure.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || !axis?.segments.length) return;
      event.preventDefault();
      at = Math.max(0, Math.min(axis.segments.length - 1, at + step));
      const { x, width } = axis.segments[at];
      show(x + width / 2);
    });
  };
  // Nothing is read before an ECG is pointed at or focused.
  all("figure.strip").forEach((figure) => {
    const once = () => { if (!figure.dataset.ready) { figure.dataset.ready = "yes"; readable(figure); } };
    figure.addEventListener("pointerenter", once);
    figure.addEventListener("focus", once);
  });
}

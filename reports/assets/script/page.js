
{
  // The section in view, in the table of contents.
  const links = new Map(all(".contents a").map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((e) => e.isIntersecting)) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  all("main > section").forEach((section) => watch.observe(section));

  // Light, dark, or as the system has it.
  const choices = { "": "Theme: system", dark: "Theme: dark", light: "Theme: light" };
  const button = document.getElementById("theme");
  const dress = (choice) => {
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
    button.textContent = choices[choice];
  };
  const key = "ecg-audit-theme";
  const kept = stored(key);
  dress(kept in choices ? kept : "");
  button.hidden = false;
  button.addEventListener("click", () => {
    const names = Object.keys(choices);
    const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length];
    dress(next);
    store(key, next);
  });
}

"use strict";
(() => {
  const form = document.getElementById("filter");
  if (form) {
    const findings = [...document.querySelectorAll(".finding")];
    const shown = document.getElementById("shown");
    const apply = () => {
      const wanted = new FormData(form);
      const severities = wanted.getAll("severity");
      const rule = wanted.get("rule");
      const page = wanted.get("page");
      let count = 0;
      for (const finding of findings) {
        const { severity, rules, page: on } = finding.dataset;
        const fits =
          severities.includes(severity) && (!rule || rules.split(" ").includes(rule)) && (!page || on === page);
        finding.classList.toggle("filtered", !fits);
        count += fits;
      }
      const all = count === findings.length;
      for (const card of document.querySelectorAll(".card")) {
        card.classList.toggle("filtered", !all && !card.querySelector(".finding:not(.filtered)"));
      }
      shown.textContent = all ? `All ${count} entries are shown.` : `${count} of ${findings.length} entries are shown.`;
    };
    form.hidden = false;
    form.addEventListener("change", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  }
  addEventListener("beforeprint", () => {
    for (const closed of document.querySelectorAll("details:not([open])")) closed.open = true;
  });
})();

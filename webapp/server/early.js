// Runs before Streamlit's own scripts: theme of this path, width of this window, "/" to the ticker box.
(() => {
  const theme = localStorage.getItem("oiflow-theme") || "Dark";
  const remember = () => localStorage.setItem("stActiveTheme-" + location.pathname + "-v2", JSON.stringify(theme));
  remember();
  // Pages change without a load: keep the choice for the path that comes next too.
  const push = history.pushState.bind(history);
  history.pushState = (...args) => { push(...args); remember(); };

  const narrow = matchMedia("(max-width: 640px)");
  const view = () => { document.cookie = "oiflow-view=" + (narrow.matches ? "phone" : "desktop") + ";path=/;SameSite=Lax"; };
  view();
  narrow.addEventListener("change", view);

  addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest(".of-copy");
    if (!button) return;
    event.preventDefault();
    navigator.clipboard.writeText(location.href).then(() => {
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy link"; }, 1500);
    });
  });

  addEventListener("keydown", (event) => {
    const at = event.target;
    const typing = at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.querySelector(".st-key-search input");
    if (box) { event.preventDefault(); box.focus(); }
  });
})();

// What the sign-in and account pages leave for the browser to do: send a ticket with the address to come back to, keep a theme.
new MutationObserver(() => {
  for (const form of document.querySelectorAll("form[data-oiflow-send]")) {
    form.removeAttribute("data-oiflow-send");
    const next = document.createElement("input");
    next.type = "hidden"; next.name = "next"; next.value = location.pathname + location.search;
    form.append(next);
    form.submit();
  }
  for (const mark of document.querySelectorAll("[data-oiflow-theme]")) {
    const theme = mark.getAttribute("data-oiflow-theme");
    mark.removeAttribute("data-oiflow-theme");
    if (localStorage.getItem("oiflow-theme") === theme || !/^(Dark|Light)$/.test(theme)) continue;
    localStorage.setItem("oiflow-theme", theme);
    localStorage.setItem("stActiveTheme-" + location.pathname + "-v2", JSON.stringify(theme));
    location.reload();
  }
}).observe(document, { childList: true, subtree: true });

// Ranges of one name (the strikes of a ticker) move together, though each chart of a page is a document of its own.
const linked = new WeakSet();
new MutationObserver(() => {
  const charts = () => window.Bokeh?.documents ?? [];
  for (const chart of charts()) {
    if (linked.has(chart)) continue;
    linked.add(chart);
    chart.on_change(({ model, attr }) => {
      if (!model?.name || (attr !== "start" && attr !== "end")) return;
      for (const other of charts()) {
        const range = other === chart ? null : other.get_model_by_name(model.name);
        if (range && range[attr] !== model[attr]) range[attr] = model[attr];
      }
    });
  }
}).observe(document, { childList: true, subtree: true });

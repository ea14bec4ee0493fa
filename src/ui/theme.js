/** Sets the theme before the page is drawn: that of the system, or the one that was chosen here. */

(() => {
  const KEY = "container-gateway-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = localStorage.getItem(KEY);
    const isDark = chosen === null ? system.matches : chosen === "dark";
    document.documentElement.classList.toggle("pf-v6-theme-dark", isDark);
    dispatchEvent(new Event("themechange"));
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("toggletheme", () => {
    const isDark = document.documentElement.classList.contains("pf-v6-theme-dark");
    const next = isDark ? "light" : "dark";
    // What the system says needs no memory.
    if ((next === "dark") === system.matches) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
    apply();
  });
})();

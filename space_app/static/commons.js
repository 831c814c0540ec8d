// The one script of the Space: copying, the address of a search, and the colour scheme the Space was opened with.
(() => {
  const scheme = new URLSearchParams(location.search).get("__theme");
  if (document.documentElement.classList.contains("plain") && (scheme === "dark" || scheme === "light")) {
    document.documentElement.classList.add(scheme);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not a secure context, or a frame that may not use the clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-link]");
    if (button) {
      event.preventDefault();
      const link = button.dataset.copyLink;
      await copy(link === undefined ? button.dataset.copy : new URL(link, location.origin).href);
      const label = button.textContent;
      if (label !== "Copied") {
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = label), 1500);
      }
      return;
    }
    const anchor = event.target.closest("a[href^='/']");
    if (anchor && scheme && !anchor.href.includes("__theme=")) {
      const address = new URL(anchor.href);
      address.searchParams.set("__theme", scheme);
      anchor.href = address;
    }
  });

  // After a search its address is in the address bar, so that reloading and bookmarking keep it.
  window.commonsShowAddress = () => {
    const link = document.querySelector("#results [data-permalink]");
    if (link) {
      const address = new URL(link.getAttribute("href"), location.origin);
      if (scheme) address.searchParams.set("__theme", scheme);
      history.replaceState(null, "", address);
    }
  };

  // On a narrow screen the filters start folded; on a wide one, where nothing would unfold them, they are open.
  const facets = document.querySelector("details.facets");
  if (facets) {
    const narrow = window.matchMedia("(max-width: 720px)");
    const follow = () => (facets.open = !narrow.matches);
    narrow.addEventListener("change", follow);
    follow();
  }
})();

// What is marked with data-live is replaced whenever the account has changed. Without this script, reload the page.
"use strict";

const PAUSE = 2000; // milliseconds, or ten times as long as a page takes, so that programs have the emulator for themselves
let version = null;

async function update() {
  if (document.hidden) return;
  const response = await fetch(location.href, { headers: version ? { "If-None-Match": version } : {} });
  if (!response.ok) return; // 304: nothing has changed
  version = response.headers.get("ETag");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const shown of document.querySelectorAll("[data-live]")) {
    const current = page.getElementById(shown.id);
    // What somebody is using stays as it is until the focus is elsewhere.
    if (current && current.innerHTML !== shown.innerHTML) {
      if (shown.contains(document.activeElement)) version = null;
      else shown.replaceWith(document.adoptNode(current));
    }
  }
}

async function lookOn() {
  const start = performance.now();
  await update().catch(() => {}); // the emulator may be restarted
  setTimeout(lookOn, Math.max(PAUSE, 10 * (performance.now() - start)));
}

if (document.querySelector("[data-live]")) setTimeout(lookOn, PAUSE);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 2000);
  });
}

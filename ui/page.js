// Runs once, when the source panel is on the page. Gradio gives: element (the panel), server (what ui/chat_view.py answers).

const root = document.querySelector(".gradio-container .contain"); // where the rules of style.css reach
const columns = document.getElementById("columns");
const phone = window.matchMedia("(max-width: 1023px)");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

// A chip shows its card --------------------------------------------------------------------------------------------

function cardOf(link) {
  return document.getElementById(link.hash.slice(1));
}

function show(card) {
  const folded = card.closest("details.earlier");
  if (folded) folded.open = true;
  openDrawer("panel");
  document.querySelectorAll(".card.shown").forEach((other) => other.classList.remove("shown"));
  card.classList.add("shown");
  tellStep(card);
  card.focus({ preventScroll: true });
  const place = card.querySelector("blockquote mark") ?? card;
  card.scrollIntoView({ behavior: "auto", block: "start" });
  place.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "nearest" });
}

let from = null; // the chip that was clicked: where to go back to

document.addEventListener("click", (event) => {
  const link = event.target.closest('#chat a[href^="#source-"]');
  if (!link) return;
  event.preventDefault();
  hidePeek();
  from = link;
  const card = cardOf(link);
  if (card) show(card);
});

// Previous and next ------------------------------------------------------------------------------------------------

function cardsBeside(card) {
  return [...card.closest(".of-answer").querySelectorAll(".card")];
}

function shown() {
  return element.querySelector(".card.shown") ?? element.querySelector(".card");
}

function tellStep(card) {
  const cards = card ? cardsBeside(card) : [];
  const place = cards.indexOf(card) + 1;
  const steps = element.querySelector(".steps");
  if (!steps) return;
  steps.hidden = cards.length < 2;
  const words = `${place} of ${cards.length}`;
  const step = steps.querySelector(".step");
  if (step.textContent !== words) step.textContent = words;
  steps.querySelector('[data-step="-1"]').disabled = place <= 1;
  steps.querySelector('[data-step="1"]').disabled = place >= cards.length;
}

element.addEventListener("click", (event) => {
  const step = event.target.closest("[data-step]");
  if (!step) return;
  const cards = cardsBeside(shown());
  const next = cards[cards.indexOf(shown()) + Number(step.dataset.step)];
  if (next) show(next);
});
watch("value", () => tellStep(shown()));
tellStep(shown());

// What a chip says before it is clicked -----------------------------------------------------------------------------

const peek = document.createElement("div");
peek.id = "peek";
peek.setAttribute("role", "tooltip");
peek.hidden = true;
root.append(peek);

function showPeek(link) {
  const card = cardOf(link);
  if (!card) return;
  const line = document.createElement("p");
  line.textContent = card.querySelector(".byline").innerText.replace(/^\d+\s*/, "");
  const title = document.createElement("strong");
  title.textContent = card.querySelector("h3").textContent;
  const quote = document.createElement("q");
  quote.textContent = card.querySelector("blockquote mark")?.textContent ?? "";
  peek.replaceChildren(line, title, quote);
  peek.hidden = false;
  link.setAttribute("aria-describedby", "peek");
  const chip = link.getBoundingClientRect();
  const left = Math.min(chip.left, window.innerWidth - peek.offsetWidth - 8);
  const above = chip.top - peek.offsetHeight - 6;
  peek.style.left = `${Math.max(8, left)}px`;
  peek.style.top = `${above > 8 ? above : chip.bottom + 6}px`;
}

function hidePeek() {
  if (peek.hidden) return;
  peek.hidden = true;
  document.querySelectorAll('[aria-describedby="peek"]').forEach((link) => link.removeAttribute("aria-describedby"));
}

for (const [there, gone] of [
  ["pointerover", "pointerout"],
  ["focusin", "focusout"],
]) {
  document.addEventListener(there, (event) => {
    const chip = event.target.closest?.("#chat .chip");
    if (chip && event.pointerType !== "touch") showPeek(chip);
  });
  document.addEventListener(gone, (event) => {
    if (event.target.closest?.("#chat .chip") && !peek.contains(event.relatedTarget)) hidePeek();
  });
}
peek.addEventListener("pointerleave", hidePeek);
document.addEventListener("scroll", hidePeek, true);
document.addEventListener("keydown", (event) => event.key === "Escape" && hidePeek());

// The whole article, over the page; its text is escaped where it is made (ui/sources.py) ----------------------------

const reader = document.createElement("dialog");
reader.id = "reader";
reader.setAttribute("aria-labelledby", "reader-title");
reader.innerHTML =
  '<div class="reader-head"><div><h2 id="reader-title"></h2><p></p></div><button type="button">Close</button></div>' +
  '<div class="reader-text" tabindex="0" role="region" aria-label="Text of the article"></div>';
root.append(reader);
reader.querySelector("button").addEventListener("click", () => reader.close());
reader.addEventListener("click", (event) => event.target === reader && reader.close());

async function openArticle(button) {
  const card = button.closest(".card");
  reader.querySelector("h2").textContent = card.querySelector("h3").textContent;
  reader.querySelector("p").textContent = card.querySelector(".byline").innerText.replace(/^\d+\s*/, "");
  const place = reader.querySelector(".reader-text");
  place.textContent = "Loading …";
  reader.showModal();
  const { article, version, start, end } = button.dataset;
  try {
    place.innerHTML = await server.article({ article, version, start, end });
  } catch {
    place.textContent = "The article could not be loaded. Close this, and open it again.";
  }
  const quote = place.querySelector("mark");
  if (quote) place.scrollTop = quote.offsetTop - place.offsetTop - place.clientHeight / 3;
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (button.dataset.do === "whole") openArticle(button);
  if (button.dataset.do === "close-sources") closeDrawers();
  if (button.dataset.do === "only") {
    const { article, title } = button.dataset;
    document.dispatchEvent(new CustomEvent("article-chosen", { detail: { id: article, title } }));
    closeDrawers();
  }
});

// On a small window the sides are drawers ---------------------------------------------------------------------------

function openDrawer(name) {
  if (!phone.matches) return;
  closeDrawers();
  columns.dataset.drawer = name;
}

function closeDrawers() {
  const open = columns.dataset.drawer;
  if (!open) return;
  delete columns.dataset.drawer;
  if (open === "panel" && from?.isConnected) from.focus();
  if (open === "aside") document.querySelector('[data-do="change-scope"]')?.focus();
}

document.addEventListener("keydown", (event) => event.key === "Escape" && !reader.open && closeDrawers());
document.addEventListener("open-drawer", (event) => {
  openDrawer(event.detail);
  document.querySelector(`#${event.detail} :is(button, input, summary)`)?.focus();
});
document.addEventListener("close-drawers", closeDrawers);

// Names for screen readers: Gradio leaves the composer's buttons without any ----------------------------------------

const NAMES = {
  "#composer .submit-button": "Ask",
  "#composer .stop-button": "Stop",
};

function giveNames() {
  for (const [selector, name] of Object.entries(NAMES)) {
    document.querySelectorAll(selector).forEach((part) => {
      if (part.getAttribute("aria-label") !== name) part.setAttribute("aria-label", name);
    });
  }
}

new MutationObserver(giveNames).observe(document.body, {
  subtree: true,
  childList: true,
  attributeFilter: ["aria-label"],
});
giveNames();

// A question right behind Stop: Gradio drops it without a word while it has not done with the stopped one, so it is sent
// again. One that was taken is not: it empties the field, or is still waited for, and then Gradio drops the second.

const SOON = 3000; // ms
const AGAIN = 300; // likewise
let stopped = -SOON;

function sendAgain() {
  const field = document.querySelector("#composer textarea");
  const typed = field.value;
  if (performance.now() - stopped > SOON || !typed.trim()) return;
  setTimeout(() => {
    const stop = document.querySelector("#composer .stop-button");
    if (field.value === typed && !stop) document.querySelector("#composer .submit-button")?.click();
  }, AGAIN);
}

document.addEventListener(
  "click",
  (event) => {
    if (event.target.closest("#composer .stop-button")) stopped = performance.now();
    if (event.target.closest("#composer .submit-button")) sendAgain();
  },
  true,
);
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("#composer")) sendAgain();
  },
  true,
);

// Runs once, when the source panel is on the page. Gradio gives: element (the panel), server (what ui/app.py answers).

// A mark in an answer shows its card.
document.addEventListener("click", (event) => {
  const mark = event.target.closest('#chat a[href^="#source-"]');
  if (!mark) return;
  event.preventDefault();
  const card = cardOf(mark);
  if (!card) return;
  const folded = card.closest("details.earlier");
  if (folded) folded.open = true;
  document.querySelectorAll(".card.shown").forEach((other) => other.classList.remove("shown"));
  card.classList.add("shown");
  card.focus({ preventScroll: true });
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  card.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
});

function cardOf(mark) {
  return document.getElementById(mark.hash.slice(1));
}

// On a phone the sources stand under the composer: who asks from there is brought back to the answer.
function backToTalk() {
  document.getElementById("talk").scrollIntoView({ block: "start" });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#composer .submit-button")) backToTalk();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.closest("#composer")) backToTalk();
});

// Gradio copies a message's Markdown; this, running after it, copies what is read, and the sources.
document.addEventListener("click", (event) => {
  const message = event.target.closest('[aria-label="Copy message"]')?.closest(".message-row");
  if (!message || !navigator.clipboard) return;
  const read = message.querySelector(".message-content").cloneNode(true);
  read.querySelector("small")?.remove();
  const marks = [...message.querySelectorAll('a[href^="#source-"]')];
  const sources = new Map(marks.map((mark) => [mark.hash, source(mark)]));
  navigator.clipboard.writeText([read.innerText.trim(), "", ...sources.values()].join("\n").trim());
});

function source(mark) {
  const card = cardOf(mark);
  const title = card?.querySelector("h3").innerText;
  return [mark.innerText, mark.title, title, card?.querySelector(".more > a")?.href].filter(Boolean).join(" ");
}

// The text of a whole article comes when it is opened; it is escaped where it is made (ui/sources.py).
element.addEventListener(
  "toggle",
  async (event) => {
    const whole = event.target;
    if (!whole.matches("details.whole") || !whole.open || whole.dataset.asked) return;
    whole.dataset.asked = "yes";
    const { article, version, start, end } = whole.dataset;
    whole.lastElementChild.outerHTML = await server.article({ article, version, start, end });
    const text = whole.lastElementChild;
    const quote = text.querySelector("mark");
    if (quote) text.scrollTop = quote.offsetTop - text.offsetTop - text.clientHeight / 3;
  },
  true, // toggle does not bubble
);

// Names for screen readers: Gradio reads a message's Markdown out, and leaves the composer's buttons without any.
const NAMES = {
  '#chat [data-testid="user"]': "You asked",
  '#chat [data-testid="bot"]': "Answer",
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

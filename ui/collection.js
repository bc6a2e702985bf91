// Runs once for each part of the collection. Gradio gives: element (the part), trigger (an event for ui/collection.py).
const EVENTS = ["picked", "opened", "paged", "chosen", "read", "compared", "restored", "kept"];
let last = null; // what was used, to give it the focus back when the part is drawn anew

function use(event) {
  const part = event.target.closest("[data-do]");
  if (!part || !EVENTS.includes(part.dataset.do)) return;
  const isBox = part.type === "checkbox";
  if (!isBox) event.preventDefault();
  last = part.dataset.key;
  trigger(part.dataset.do, { ...part.dataset, checked: isBox && part.checked });
}

element.addEventListener("click", use);
element.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.closest('a[role="button"]')) use(event);
});

// A heading that is new takes the focus, once; else what was used last has it again.
const seen = (window.collectionHeadings ??= new Set());

function focus() {
  const heading = element.querySelector(`[data-focus]:not([data-focus=""])`);
  if (heading && !seen.has(heading.dataset.focus)) {
    seen.add(heading.dataset.focus);
    heading.focus();
  } else if (last && document.activeElement === document.body) {
    const same = element.querySelector(`[data-key="${CSS.escape(last)}"]`);
    (same ?? element.querySelector("[data-key]"))?.focus();
  }
}

// The latest articles are at the end.
function shown() {
  const plot = element.querySelector(".col-plot");
  if (plot) plot.scrollLeft = plot.scrollWidth;
  focus();
}

watch("value", shown);
shown();

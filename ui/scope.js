// Runs once, when the fields of the scope are on the page. props.value is a Scope (ui/scope.py); all of it is shown as text.

const section = element.querySelector(".scope");
let scope = props.value; // as it is chosen here; what comes from the server may be older

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function change(part) {
  scope = { ...scope, ...part };
  props.value = scope;
  draw();
}

function draw() {
  const focused = section.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  section.replaceChildren(
    make("h2", {}, "Scope"),
    ...["since", "until"].map((name) => day(name, scope[name])),
    outlets(),
    articles(),
    make("button", { type: "button", class: "close", "data-key": "close" }, "Back to the chat"),
  );
  section.querySelector(".close").addEventListener("click", () => {
    document.dispatchEvent(new CustomEvent("close-drawers"));
  });
  if (focused) section.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function day(name, value) {
  const field = make("input", { type: "date", "data-key": name });
  field.value = value;
  field.addEventListener("change", () => change({ [name]: field.value }));
  return make("label", { class: "day" }, make("span", {}, name === "since" ? "Since" : "Until"), field);
}

function outlets() {
  const known = [...new Set([...scope.all, ...scope.outlets])];
  const list = make("fieldset", { class: "outlets" }, make("legend", {}, "Outlets"));
  for (const outlet of known) {
    const box = make("input", { type: "checkbox", "data-key": `outlet ${outlet}` });
    box.checked = scope.outlets.includes(outlet);
    box.addEventListener("change", () => {
      const others = scope.outlets.filter((one) => one !== outlet);
      change({ outlets: box.checked ? [...others, outlet] : others });
    });
    list.append(make("label", {}, box, make("span", {}, outlet)));
  }
  return known.length ? list : "";
}

function articles() {
  if (!scope.articles.length) return "";
  const list = make("ul", { class: "chosen", "aria-label": "Chosen articles" });
  for (const article of scope.articles) {
    const drop = make("button", { type: "button", "aria-label": `Leave out ${article.title}` }, "×");
    drop.addEventListener("click", () => {
      change({ articles: scope.articles.filter((one) => one.id !== article.id) });
    });
    list.append(make("li", {}, make("span", {}, article.title), drop));
  }
  return make("div", {}, make("p", {}, "Chosen articles"), list);
}

document.addEventListener("article-chosen", (event) => change({ articles: [event.detail] }));

document.addEventListener("click", (event) => {
  const what = event.target.closest("[data-do]")?.dataset.do;
  if (what === "reset-scope") {
    change({ outlets: [], since: "", until: "", articles: [] });
    document.querySelector("#composer textarea").focus();
  }
  if (what === "change-scope") {
    document.dispatchEvent(new CustomEvent("open-drawer", { detail: "aside" }));
    section.querySelector("input")?.focus();
  }
});

watch("value", () => {
  if (props.value.keep) {
    const { all } = props.value;
    // In a turn of its own, so that the page sees a change even where the scope is as it was before.
    setTimeout(() => change({ all }));
    return;
  }
  scope = props.value;
  draw();
});
draw();

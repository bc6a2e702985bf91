// Runs once, when the list of conversations is on the page; its HTML is made in ui/shelf.py.

// The tab remembers which conversation is open, so that a reload shows it again.
watch("value", () => {
  const current = element.querySelector(".shelf")?.dataset.current ?? "";
  if (current) sessionStorage.setItem("conversation", current);
  else sessionStorage.removeItem("conversation");
});

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const id = button.closest("li")?.dataset.id ?? "";
  const what = button.dataset.do;
  if (what === "delete" && !button.classList.contains("sure")) {
    const before = button.textContent;
    button.classList.add("sure");
    button.textContent = button.dataset.sure;
    button.addEventListener("blur", () => {
      button.classList.remove("sure");
      button.textContent = before;
    }, { once: true });
    return;
  }
  element.querySelectorAll("details[open]").forEach((menu) => (menu.open = false));
  trigger("select", { do: what, id });
  if (what !== "delete") document.dispatchEvent(new CustomEvent("close-drawers"));
  if (what === "fresh") document.querySelector("#composer textarea").focus();
});

element.addEventListener("submit", (event) => {
  const form = event.target.closest('form[data-do="rename"]');
  if (!form) return;
  event.preventDefault();
  form.closest("details").open = false;
  trigger("edit", { id: form.closest("li").dataset.id, name: form.elements.name.value });
});

// Runs once, when the conversation is on the page. Its value is a list of HTML, one piece for each exchange, escaped where
// it is made (ui/thread.py). Only what has changed is drawn anew, so that menus stay open and marked text marked.

const pieces = element.querySelector(".thread");
const status = element.querySelector('[role="status"]');
const scroller = document.getElementById("chat");
const drawn = [];

function draw() {
  const value = props.value ?? [];
  const follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const grown = value.length > drawn.length || drawn.length - value.length > 1;
  value.forEach((html, index) => {
    if (drawn[index] === html) return;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    if (pieces.children[index]) pieces.children[index].replaceWith(holder.content);
    else pieces.append(holder.content);
    drawn[index] = html;
  });
  while (pieces.children.length > value.length) pieces.lastElementChild.remove();
  drawn.length = value.length;
  if (follows || grown) scroller.scrollTop = scroller.scrollHeight;
  tell();
}

// The answer is read out once, when it is whole.
let told = "";
function tell() {
  const last = pieces.querySelector(".exchange:last-child");
  if (!last) return;
  const ended = last.querySelector(".actions");
  const words = ended ? last.querySelector(".reply .answer")?.innerText : "Searching …";
  if (words && words !== told && (told || !ended)) status.textContent = words;
  if (words) told = words;
}

function busy() {
  return document.querySelector("#composer .stop-button") !== null;
}

const DO = {
  ask: (button) => trigger("submit", { question: button.dataset.question }),
  retry: (button) => {
    const exchange = button.closest(".exchange");
    const question = exchange.querySelector(".question").textContent;
    trigger("submit", { question, turn: Number(exchange.dataset.turn) });
  },
  edit,
  copy,
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const act = DO[button?.dataset.do];
  if (!act || (button.dataset.do !== "copy" && busy())) return;
  act(button);
});

async function copy(button) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.text);
    button.textContent = "Copied";
    status.textContent = "Copied";
  } catch {
    button.textContent = "The browser did not allow it"; // as on a page over plain http from another machine
  }
  setTimeout(() => (button.textContent = before), 1500);
}

// A question is changed where it stands.
function edit(button) {
  const asked = button.closest(".asked");
  const form = document.createElement("form");
  form.className = "editing";
  const field = document.createElement("textarea");
  field.setAttribute("aria-label", "Changed question");
  field.maxLength = 2000;
  field.value = asked.querySelector(".question").textContent;
  const send = Object.assign(document.createElement("button"), { type: "submit", textContent: "Ask again" });
  const leave = Object.assign(document.createElement("button"), { type: "button", textContent: "Cancel" });
  form.append(field, send, leave);
  asked.hidden = true;
  asked.after(form);
  field.focus();
  const back = () => {
    form.remove();
    asked.hidden = false;
    button.focus();
  };
  leave.addEventListener("click", back);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
    if (event.key === "Enter" && !event.shiftKey && event.target === field) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = field.value.trim();
    if (!question || busy()) return;
    const turn = Number(asked.closest(".exchange").dataset.turn);
    back();
    trigger("submit", { question, turn });
  });
}

element.addEventListener("submit", (event) => {
  const form = event.target.closest('form[data-do="judge"]');
  if (!form) return;
  event.preventDefault();
  const turn = Number(form.closest(".exchange").dataset.turn);
  const verdict = form.querySelector("input:checked").value;
  trigger("like", { turn, verdict, comment: form.elements.comment.value });
  form.reset();
  const menu = form.closest("details");
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A menu that opens under the edge is brought into view; toggle does not bubble.
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.menu[open]")) {
    event.target.querySelector(".choices").scrollIntoView({ block: "nearest" });
  }
}, true);

// A menu closes when something else is clicked, and with Escape.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

watch("value", draw);
draw();

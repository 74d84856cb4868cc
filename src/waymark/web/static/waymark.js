// Small comforts; every page works without them.
(() => {
  "use strict";
  const form = document.querySelector("[data-form]");
  if (!form) return;
  const text = form.querySelector("textarea");
  const hint = form.querySelector(".actions");
  const button = form.querySelector(".primary");
  const label = button.textContent;

  const shortcut = matchMedia("(pointer: fine)").matches ? "Ctrl + Enter reads it" : "";

  const count = document.createElement("span");
  count.className = "count";
  hint.append(count);
  const tell = () => {
    const length = text.value.trim().length;
    count.textContent = length ? `${length.toLocaleString("en")} characters` : shortcut;
  };
  text.addEventListener("input", tell);
  tell();

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(button);
  });

  form.addEventListener("submit", (event) => {
    if (event.submitter === button) button.textContent = "Reading …";
  });
  addEventListener("pageshow", () => {
    button.textContent = label;
  });
})();

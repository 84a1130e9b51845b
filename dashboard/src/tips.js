// What a mark says when it is pointed at or focused; in a drawing that has the focus the arrow keys go from mark to mark.

export function tips(main) {
  const tip = document.body.appendChild(Object.assign(document.createElement("div"), {className: "tip", hidden: true}));
  tip.setAttribute("role", "status");
  let place = -1;
  const show = (mark) => {
    main.querySelector(".mark.here")?.classList.remove("here");
    tip.hidden = !mark;
    if (!mark) return;
    if (mark.classList.contains("mark")) mark.classList.add("here");
    tip.textContent = mark.dataset.tip;
    const box = mark.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };
  const of = (event) => event.target.closest?.("[data-tip]");
  main.addEventListener("pointerover", (event) => show(of(event)));
  main.addEventListener("pointerleave", () => show(null));
  main.addEventListener("focusin", (event) => { place = -1; show(of(event)); });
  main.addEventListener("focusout", () => show(null));
  main.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return show(null);
    const marks = [...(event.target.closest?.("svg.plot")?.querySelectorAll(".mark") ?? [])];
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (marks.length === 0 || !step) return;
    event.preventDefault();
    place = Math.min(Math.max(0, place + step), marks.length - 1);
    show(marks[place]);
  });
}

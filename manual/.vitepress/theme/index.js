import { useRoute } from "vitepress";
import DefaultTheme from "vitepress/theme";
import { nextTick, onMounted, watch } from "vue";
import "./style.css";

// What the theme leaves to be wished by whoever cannot see it: the first page is a landmark, and the arrow in a heading of the list at
// the side is no button of its own, for the heading is one.
const mend = () => {
  document.querySelector(".VPHome")?.setAttribute("role", "main");
  for (const arrow of document.querySelectorAll("[role=button] .caret")) {
    arrow.removeAttribute("role");
    arrow.removeAttribute("tabindex");
    arrow.setAttribute("aria-hidden", "true");
  }
};

export default {
  extends: DefaultTheme,
  setup() {
    const route = useRoute();
    onMounted(mend);
    watch(() => route.path, () => nextTick(mend));
  },
};

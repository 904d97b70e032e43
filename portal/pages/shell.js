/** What every page of a logged-in citizen has: logging out. */
import { post } from "/api.js";
import { showProblem } from "/problem.js";

document.getElementById("logout").addEventListener("click", async () => {
  try {
    await post("/api/logout");
  } catch (error) {
    if (error.code !== "SESSION_EXPIRED") {
      showProblem(error);
      return;
    }
  }
  location.replace("/");
});

/** Shows what went wrong; a session that ended leads to the login page. */
export function failed(error) {
  if (error.code === "SESSION_EXPIRED") {
    location.replace("/");
  } else {
    showProblem(error);
  }
}

/** The form to sign in, and the link that does without it. */
import { bodyOf, gateway } from "./api.js";
import { basicAuthorization } from "./client.js";
import { h, show } from "./dom.js";
import { alert, field } from "./parts.js";

/** @param {unknown} error */
const textOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Uses up the code in the address of the page, if there is one.
 * @returns {Promise<string | undefined>} why that failed
 */
export async function useLink() {
  const [, code] = /^#link=([\w-]+)$/.exec(location.hash) ?? [];
  if (code === undefined) return undefined;
  history.replaceState(null, "", "#/overview");
  try {
    await bodyOf(gateway.postSession({ params: { header: { "X-Sign-In-Code": code } } }));
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

/**
 * @param {Element} app
 * @param {string | undefined} problem
 * @param {() => void} done
 */
export function showSignIn(app, problem, done) {
  const login = h("input", { id: "login", autocomplete: "username", required: true });
  const password = h("input", {
    id: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const box = h("div", { role: "alert" }, problem && alert("danger", problem));
  const signIn = async () => {
    try {
      const Authorization = basicAuthorization({ name: login.value, password: password.value });
      await bodyOf(gateway.postSession({ headers: { Authorization } }));
      done();
    } catch (error) {
      password.value = "";
      show(box, alert("danger", textOf(error)));
    }
  };
  show(
    app,
    h(
      "main",
      { class: "cgw-sign-in" },
      h(
        "div",
        { class: "pf-v6-c-card" },
        h(
          "div",
          { class: "pf-v6-c-card__body" },
          h("img", { src: "icon.svg", alt: "", width: 48, height: 48 }),
          h("h1", { class: "pf-v6-c-title pf-m-2xl" }, "Container Gateway"),
          h("p", { class: "cgw-subtle" }, "Sign in with an account that is an administrator in Foreman."),
          box,
          h(
            "form",
            {
              class: "pf-v6-c-form",
              onsubmit: (event) => {
                event.preventDefault();
                void signIn();
              },
            },
            field("Login", login),
            field("Password or personal access token", password),
            h(
              "button",
              { type: "submit", class: "pf-v6-c-button pf-m-primary pf-m-block" },
              h("span", { class: "pf-v6-c-button__text" }, "Sign in"),
            ),
          ),
          h(
            "p",
            { class: "cgw-subtle" },
            "Or run ",
            h("code", {}, "container-gateway ui"),
            " on the machine, and open the link that it prints.",
          ),
        ),
      ),
    ),
  );
  login.focus();
}

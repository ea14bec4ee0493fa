/** The form to sign in, and the link that does without it. */
import { ApiError, call } from "./api.js";
import { h, show } from "./dom.js";
import { alert, field } from "./parts.js";

/** Base64 of UTF-8. @param {string} text */
const base64 = (text) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));

/**
 * Uses up the code in the address of the page, if there is one.
 * @returns {Promise<string | undefined>} why that failed
 */
export async function useLink() {
  const [, code] = /^#link=([\w-]+)$/.exec(location.hash) ?? [];
  if (code === undefined) return undefined;
  history.replaceState(null, "", "#/overview");
  try {
    await call("POST", "/admin/session", { "X-Sign-In-Code": code });
    return undefined;
  } catch (error) {
    return error instanceof ApiError ? error.message : String(error);
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
      const credentials = base64(`${login.value}:${password.value}`);
      await call("POST", "/admin/session", { Authorization: `Basic ${credentials}` });
      done();
    } catch (error) {
      password.value = "";
      show(box, alert("danger", error instanceof ApiError ? error.message : String(error)));
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

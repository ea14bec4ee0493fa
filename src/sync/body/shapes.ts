/** Shapes of the syncs' forms. */
import type { Key, Shape } from "./form-key.ts";

const nothing: Key = { meaning: "nothing", subject: "", field: "" };

/** `repositories[][repository]=a&repositories[][auth_required]=true`; other fields of an entry are ignored. */
export const repositoryList: Shape = {
  collection: "repositories",
  expected: "repositories[][repository] or repositories[][auth_required]",
  hasRecurringNames: false,
  key([element, field, ...rest]) {
    if (element === undefined) return nothing;
    if (element !== "" || field === "" || rest.length > 0) return undefined;
    return field === undefined
      ? { meaning: "entry", subject: "", field: "" }
      : { meaning: "field", subject: "", field };
  },
};

/** `hosts[][uuid]=u-1`. All other keys are invalid: `hosts[][u-1]` belongs to the mapping. */
export const hostList: Shape = {
  collection: "hosts",
  expected: "hosts[][uuid]",
  hasRecurringNames: false,
  key([element, field, ...rest]) {
    if (element === undefined) return nothing;
    if (element !== "" || rest.length > 0) return undefined;
    if (field === undefined) return { meaning: "entry", subject: "", field: "" };
    return field === "uuid" ? { meaning: "field", subject: "", field } : undefined;
  },
};

/** `users[][alice][][repository]=a`, and `users[][bob]` for a user without repositories. */
export const userMapping = mapping("users", "login");

const anyHostMapping = mapping("hosts", "uuid");

/** `hosts[][u-1][][repository]=a`, and `hosts[][u-2]` for a host without repositories. `hosts[][uuid]` belongs to the list. */
export const hostMapping: Shape = {
  ...anyHostMapping,
  key(segments) {
    const key = anyHostMapping.key(segments);
    return key?.meaning === "subject" && key.subject === "uuid" ? undefined : key;
  },
};

function mapping(collection: string, subjectName: string): Shape {
  return {
    collection,
    expected: `${collection}[][<${subjectName}>][][repository], [auth_required] in its place, or ${collection}[][<${subjectName}>] alone`,
    hasRecurringNames: true,
    key([element, subject, entry, field, ...rest]) {
      if (element === undefined || (element === "" && subject === undefined)) return nothing;
      if (element !== "" || subject === undefined || subject === "" || rest.length > 0) return undefined;
      if (entry === undefined) return { meaning: "subject", subject, field: "" };
      if (entry !== "" || field === "") return undefined;
      return field === undefined
        ? { meaning: "entry", subject, field: "" }
        : { meaning: "field", subject, field };
    },
  };
}

import { isScalar, Schema, type ScalarTag } from "yaml";

export type Scalar = string | number | boolean | null;
export type Variables = Readonly<Record<string, string | undefined>>;

/** What became of a text once its `${NAME}` were filled in. */
interface Substitution {
  readonly text: string;
  /** False where the text held escapes alone. */
  readonly replaced: boolean;
  /** What could not be filled in, and how to mend it. */
  readonly problems: readonly string[];
}

/** `$${`, `${NAME}` or `${NAME:-default}`, or a `${` that is none of them. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\}|\$\{[^}]*\}?/g;

/**
 * Fills in `${NAME}` and `${NAME:-default}` from the variables; as in a shell, the default serves for an empty variable
 * too. `$${` is a plain `${`.
 */
export function substitute(text: string, variables: Variables): Substitution {
  const problems: string[] = [];
  let replaced = false;
  const filled = text.replaceAll(REFERENCE, (found, name?: string, fallback?: string) => {
    if (found === "$${") return "${";
    replaced = true;
    if (name === undefined) {
      problems.push("write ${NAME} or ${NAME:-default} (no braces in the default), or $${ for a plain ${");
      return "";
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (fallback !== undefined) return value === undefined || value === "" ? fallback : value;
    if (value === undefined) problems.push(`${name} is not set: set it or write \${${name}:-default}`);
    return value ?? "";
  });
  return { text: filled, replaced, problems };
}

const plainTags = new Schema({ schema: "core" }).tags.filter((tag): tag is ScalarTag => "test" in tag);

/** What YAML makes of a plain scalar: "75" is a number, "true" a boolean. Empty text stays text. */
export function resolvePlain(text: string): Scalar {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const tag = plainTags.find(({ test }) => test?.test(trimmed));
  if (!tag) return text;
  const resolved = tag.resolve(trimmed, () => undefined, {});
  return (isScalar(resolved) ? resolved.value : resolved) as Scalar;
}

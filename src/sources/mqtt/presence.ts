const GONE: ReadonlySet<unknown> = new Set(["offline", "disconnected", "gone"]);
/** OctoPrint sends a bare word, Moonraker {"server":"offline"}. */
const FIELDS = ["state", "status", "server"] as const;

/** True where a message on a presence topic says that its printer went away. */
export function saysGone(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (GONE.has(word)) return true;
  try {
    const value = JSON.parse(word) as unknown;
    if (typeof value === "string") return GONE.has(value);
    return (
      typeof value === "object" &&
      value !== null &&
      FIELDS.some((name) => GONE.has((value as Record<string, unknown>)[name]))
    );
  } catch {
    return false;
  }
}

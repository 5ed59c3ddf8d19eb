/** Topic filters as MQTT defines them (3.1.1 and 5.0, section 4.7). Everything here takes filters that are well formed. */

/** True where a message of this topic reaches a subscriber of the filter. */
export function matches(filter: string, topic: string): boolean {
  const wanted = plainFilter(filter).split("/");
  const levels = topic.split("/");
  // A wildcard in the first place leaves out the broker's own topics, $SYS and its like [MQTT-4.7.2-1].
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length) return false;
    if (wanted[i] !== "+" && wanted[i] !== levels[i]) return false;
  }
  return wanted.length === levels.length;
}

/** True where some topic reaches the subscribers of both. */
export function overlaps(a: string, b: string): boolean {
  const left = plainFilter(a).split("/");
  const right = plainFilter(b).split("/");
  if ((wild(left[0]) && right[0]?.startsWith("$")) || (wild(right[0]) && left[0]?.startsWith("$"))) return false;
  for (let i = 0; ; i++) {
    const one = left[i];
    const other = right[i];
    // `a/#` is also the filter of `a` itself, so a # where the other has just ended still meets it.
    if (one === "#" || other === "#") return true;
    if (one === undefined || other === undefined) return one === other;
    if (one !== other && one !== "+" && other !== "+") return false;
  }
}

/** True where every topic that reaches the subscribers of `narrow` reaches those of `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const outer = plainFilter(wide).split("/");
  const inner = plainFilter(narrow).split("/");
  if (wild(outer[0]) && inner[0]?.startsWith("$")) return false;
  for (let i = 0; ; i++) {
    const [one, other] = [outer[i], inner[i]];
    if (one === "#") return true;
    if (one === undefined || other === undefined) return one === other;
    if (other === "#" || (one !== other && one !== "+")) return false;
  }
}

function wild(level: string | undefined): boolean {
  return level === "+" || level === "#";
}

/** A subscription that a group of clients shares: each message goes to one of them. */
export interface SharedFilter {
  readonly group: string;
  readonly filter: string;
}

const SHARED = /^\$share\/([^/+#]+)\/(.+)$/s;

/** The parts of `$share/group/filter`, undefined for any other filter. */
export function sharedFilter(filter: string): SharedFilter | undefined {
  const match = SHARED.exec(filter);
  return match ? { group: match[1]!, filter: match[2]! } : undefined;
}

/** The filter that topics are held against: without the group where it is a shared one. */
export function plainFilter(filter: string): string {
  return sharedFilter(filter)?.filter ?? filter;
}

/** The filter of all that a topic with `{key}` in it can become. */
export function anyKey(topic: string): string {
  return topic
    .split("/")
    .map((level) => (level.includes("{key}") ? "+" : level))
    .join("/");
}

/** True where a text can stand in one level of a topic: any other would change where the message goes. */
export function fitsLevel(text: string): boolean {
  return text !== "" && !/[+#/\u0000]/.test(text);
}

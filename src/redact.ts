const HIDDEN = "***";

/** `scheme://user:password@host`: all up to the last @, since a password may hold one. */
const LOGIN_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*:)\S+@/gi;

/**
 * Takes secrets out of a text: each of the given ones wherever it stands, also as a URL or JSON would write it, and every
 * password inside a URL.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  // The longest first: where one secret is a part of another, nothing of either may stay.
  const known = [...new Set(forms)].filter((form) => form !== "").sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text.includes("://") ? text.replace(LOGIN_IN_URL, `$1${HIDDEN}@`) : text;
    for (const secret of known) clean = clean.replaceAll(secret, HIDDEN);
    return clean;
  };
}

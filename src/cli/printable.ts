/** What a stranger sent must not move the cursor of who looks at it. Line feeds stay. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (sign) =>
    // JSON has no need to escape the higher ones, and terminals obey them.
    sign < " " ? JSON.stringify(sign).slice(1, -1) : `\\u00${sign.charCodeAt(0).toString(16)}`,
  );
}

export function oneLine(text: string): string {
  return printable(text).replaceAll("\n", " ");
}

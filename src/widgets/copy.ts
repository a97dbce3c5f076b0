/**
 * Copies a text; false where the browser refuses. The clipboard's API wants a secure context, which
 * http on a LAN is not, so there the older way copies what `select` has selected.
 */
export async function copy(text: string, select: () => void): Promise<boolean> {
  select();
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}

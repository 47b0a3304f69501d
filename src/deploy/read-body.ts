/** The beginning of an answer's body, as text; what is longer is not waited for, nor kept. */
export async function readBody(response: Response, most: number): Promise<{ text: string; cut: boolean }> {
  if (!(response.body instanceof ReadableStream)) {
    const text = await response.text();
    return { text: text.slice(0, most), cut: text.length > most };
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of response.body as import('node:stream/web').ReadableStream<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  return { text: Buffer.concat(chunks).subarray(0, most).toString('utf8'), cut: size > most };
}

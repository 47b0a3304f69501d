import type { Context } from 'hono';

/** One page of a list, `per_page` (30, at most 100) and `page` taken from the query, with GitHub's Link header set. */
export function paginate<Item>(c: Context, items: readonly Item[]): readonly Item[] {
  const { page, link } = pageOf(new URL(c.req.url), items);
  if (link !== undefined) c.header('Link', link);
  return page;
}

/** The same by the address that was asked; `link` is the header. */
export function pageOf<Item>(url: URL, items: readonly Item[]): { page: readonly Item[]; link?: string } {
  const query = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const size = Math.min(Math.max(readCount(query('per_page'), 30), 1), 100);
  const page = Math.max(readCount(query('page'), 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const links = [
    ...(page > 1 ? [linkTo(url, page - 1, 'prev')] : []),
    ...(page < last ? [linkTo(url, page + 1, 'next'), linkTo(url, last, 'last')] : []),
    ...(page > 1 ? [linkTo(url, 1, 'first')] : []),
  ];
  const shown = items.slice((page - 1) * size, page * size);
  return links.length === 0 ? { page: shown } : { page: shown, link: links.join(', ') };
}

function readCount(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

function linkTo(url: URL, page: number, rel: string): string {
  const target = new URL(url);
  target.searchParams.set('page', String(page));
  return `<${target.href}>; rel="${rel}"`;
}

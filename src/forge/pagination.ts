import type { Context } from 'hono';

/**
 * One page of a list, `per_page` (30, at most 100) and `page` taken from the query, with GitHub's Link header set.
 */
export function paginate<Item>(c: Context, items: readonly Item[]): readonly Item[] {
  const size = Math.min(Math.max(readCount(c.req.query('per_page'), 30), 1), 100);
  const page = Math.max(readCount(c.req.query('page'), 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const links = [
    ...(page > 1 ? [link(c, page - 1, 'prev')] : []),
    ...(page < last ? [link(c, page + 1, 'next'), link(c, last, 'last')] : []),
    ...(page > 1 ? [link(c, 1, 'first')] : []),
  ];
  if (links.length > 0) c.header('Link', links.join(', '));
  return items.slice((page - 1) * size, page * size);
}

function readCount(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

function link(c: Context, page: number, rel: string): string {
  const url = new URL(c.req.url);
  url.searchParams.set('page', String(page));
  return `<${url.href}>; rel="${rel}"`;
}

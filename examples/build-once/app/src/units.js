/** Metres in one of each; grams in one of each. */
const tables = [
  { m: 1, km: 1000, cm: 0.01, mi: 1609.344, ft: 0.3048, in: 0.0254 },
  { g: 1, kg: 1000, lb: 453.59237, oz: 28.349523125 },
];

/** A value in another unit; undefined where one is not known or they measure different things. */
export function convert(value, from, to) {
  const table = tables.find((one) => Object.hasOwn(one, from) && Object.hasOwn(one, to));
  return table === undefined || !Number.isFinite(value) ? undefined : (value * table[from]) / table[to];
}

export const units = tables.flatMap((table) => Object.keys(table));

/** What an order costs, in cents; undefined for what is not sold. */
export function priceOf(item, quantity) {
  const unit = prices[item];
  if (unit === undefined) return undefined;
  const full = unit * quantity;
  return quantity >= 10 ? Math.round((full * discount) / 100) : full;
}

/** Percent of the price that is paid for ten and more. */
const discount = 90;

const prices = {
  tea: 250,
  coffee: 320,
  cake: 480,
};

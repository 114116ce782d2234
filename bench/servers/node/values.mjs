// Ids, cursors, amounts and moments as ordergraph writes them.
const DECIMALS = JSON.parse(process.env.BENCH_DECIMALS); // of the market's currencies that have no cents

export const globalId = (kind, id) => Buffer.from(`${kind}:${id}`).toString("base64");
export const cursor = (place) => Buffer.from(JSON.stringify(place)).toString("base64url");
export const moment = (date) => date && date.toISOString();

export function money(minor, currencyCode) {
  const decimals = DECIMALS[currencyCode] ?? 2;
  const digits = String(minor).padStart(decimals + 1, "0");
  const amount = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
  return { amount, currencyCode };
}

/** Whose an account at another product is; by the provider, and by what its webhooks sign. */
const accounts: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // customers
    'stripe cus_acme': 'acme',
    'stripe cus_globex': 'globex',
    // organizations
    'github 1001': 'acme',
    'github 2002': 'globex',
    // products: the shop itself is named in a header that is not signed
    'shopify 7001': 'acme',
    'shopify 7002': 'globex',
  }),
);

/** The tenant; undefined for an account that is nobody's. */
export function tenantOfAccount(provider: string, account: string): string | undefined {
  return accounts.get(`${provider} ${account}`);
}

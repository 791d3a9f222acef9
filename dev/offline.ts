/**
 * Imported for its effect, before wrangler or miniflare start: neither reports, looks for updates, nor fetches sample
 * request data. Nothing leaves the machine but what one asks for. Set in the environment, these win.
 */
process.env['WRANGLER_SEND_METRICS'] ??= 'false';
process.env['WRANGLER_HIDE_BANNER'] ??= 'true';
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] ??= 'false';

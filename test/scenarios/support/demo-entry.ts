import site from '../../../routes/index.ts';
import { advanced, now } from './advanced.ts';

/** The Worker that is deployed, beside what a test needs to know of an isolate: when its background work is done, and its clock. */
Date.now = now;

export default { ...site, ...advanced(site.fetch) };

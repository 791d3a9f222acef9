import { bounds } from '../../src/bounds.ts';
import { stillfresh } from './stillfresh.ts';

/** The bulkhead is as wide as the load: misses are measured, not refused. */
export default stillfresh({ bounds: { ...bounds, fetchesPerIsolate: 1_000, fetchesPerTenant: 1_000 } });

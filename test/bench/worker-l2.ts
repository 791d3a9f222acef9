import { bounds } from '../../src/bounds.ts';
import { stillfresh } from './stillfresh.ts';

/** Isolate memory holds nothing, so that each request is answered from Redis. */
export default stillfresh({ bounds: { ...bounds, l1Bytes: 0 } });

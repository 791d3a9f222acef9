import { benchBounds, stillfresh } from './stillfresh.ts';

/** Isolate memory holds nothing, so that each request is answered from Redis. */
export default stillfresh({ bounds: { ...benchBounds, l1Bytes: 0 } });

import { benchBounds, stillfresh } from './stillfresh.ts';

export default stillfresh({ bounds: benchBounds });

import { after } from './definitions.ts';
import { siteOf } from './definitions-entry.ts';

export default siteOf(after);

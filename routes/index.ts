import { edge, worker } from '../src/index.ts';
import { canaries } from './canary.ts';
import { dashboards } from './dashboards.ts';
import { hooks } from './hooks.ts';
import { invoices } from './invoices.ts';
import { me } from './permissions.ts';
import { strategy } from './strategy.ts';

/** Worker entry and site map. */
const app = edge(strategy);

app.route('/v1/dashboards', dashboards);
app.route('/v1/me', me);
app.route('/v1/invoices', invoices);
app.route('/v1/canary', canaries);
app.route('/hooks', hooks);

export default worker(app);

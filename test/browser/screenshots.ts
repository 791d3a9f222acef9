import { launch, logIn, open, startConsole } from './support/console-stage.ts';
import { savePicture } from './support/picture.ts';

/** `npm run screenshots`: the console's pictures in docs/, from the demo with figures that are made up. */
const pictures = [
  { name: 'overview-light', path: '', colorScheme: 'light', width: 1280, height: 1000 },
  { name: 'overview-dark', path: '', colorScheme: 'dark', width: 1280, height: 1000 },
  {
    name: 'explain',
    path: '/explain?what=/v1/invoices/inv_0001&tenant=acme&user=ann',
    colorScheme: 'light',
    width: 1280,
    height: 1000,
  },
  { name: 'phone', path: '', colorScheme: 'dark', width: 360, height: 780 },
] as const;

const stage = await startConsole();
const browser = await launch();
await stage.seed();
await stage.get('/v1/invoices/inv_0001');
await stage.purge('invoice:inv_0001');
for (const { name, path, colorScheme, width, height } of pictures) {
  const one = await open(browser, { colorScheme, viewport: { width, height } });
  await logIn(one, stage);
  await one.page.goto(`${stage.url}/-/console${path}`);
  await one.page.waitForLoadState('networkidle');
  await savePicture(name, await one.page.screenshot());
  if (one.faults.length > 0) throw new Error(one.faults.join('\n'));
}
await browser.close();
await stage.stop();

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { apacheLogs, runCommand } from '../support/node/assess-command.ts';
import { launch } from './support/console-stage.ts';
import { savePicture } from './support/picture.ts';

/** A part of `npm run screenshots`: the report of 10,000 requests of a real server. */
const folder = await mkdtemp(join(tmpdir(), 'assess-picture-'));
const file = join(folder, 'report.html');
const { code, err } = await runCommand([apacheLogs, '--html', file]);
if (code !== 0) throw new Error(err);
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 1800 } });
await page.goto(pathToFileURL(file).href);
await savePicture('assess', await page.screenshot());
await browser.close();
await rm(folder, { recursive: true });

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { defineCommand } from '../../cli/args/definition.ts';
import { runProcess } from '../../cli/args/process.ts';
import { root } from '../bundle.ts';
import { keepGenerated } from '../generated.ts';

const command = defineCommand({
  name: 'statics',
  typed: 'npm run statics --',
  description:
    "Makes what browsers are sent of the console's stylesheet and script: the bundle has them as text",
  args: {
    check: {
      type: 'boolean',
      description: 'changes nothing; exit code 1 when it is not as it would be made',
    },
  },
  stray: 'it takes flags only',
});

const folder = 'src/console/static';

/** As it is sent: without comments and white space. */
async function minified(source: string, loader: 'css' | 'js'): Promise<string> {
  const text = await readFile(join(root, folder, source), 'utf8');
  const { code } = await transform(text, { loader, minify: true, target: 'es2024' });
  return code;
}

await runProcess(command, async ({ check }) => {
  const files = {
    [`${folder}/console.min.css`]: await minified('console.css', 'css'),
    [`${folder}/console.min.js`]: await minified('console.client.js', 'js'),
  };
  await keepGenerated('npm run statics', files, check);
});

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const folder = fileURLToPath(new URL('../../../docs/screenshots', import.meta.url));

/** Puts a screenshot into docs/screenshots. Few colours: a palette is a third of the bytes. */
export async function savePicture(name: string, png: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  await sharp(png).png({ palette: true, effort: 10, compressionLevel: 9 }).toFile(`${folder}/${name}.png`);
}

/** Unpacks the Chromium that lies compressed in the npm package: node unpack.mjs <package's bin folder> <out folder>. */
import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [bin, out] = process.argv.slice(2);

for (const name of ["chromium", "al2023.tar", "fonts.tar"]) {
  await pipeline(createReadStream(join(bin, `${name}.br`)), createBrotliDecompress(), createWriteStream(join(out, name)));
}

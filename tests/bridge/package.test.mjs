// The npm package: what `npm pack` puts into it is whole, small, typed, and works where it is unpacked. No network.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../browser-bridge/js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'piradi-package-'));
after(() => rmSync(home, { recursive: true }));

function run(program, ...words) {
  return execFileSync(program, words, { cwd: home, encoding: 'utf8', env: { ...process.env, HOME: home } });
}

test('it is packed whole, and a program finds it by its name', () => {
  const [packed] = JSON.parse(run('npm', 'pack', folder, '--json', '--offline', '--ignore-scripts'));
  assert.deepEqual(packed.files.map(({ path }) => path).sort(),
    ['README.md', 'package.json', 'piradi-login.d.ts', 'piradi-login.js', 'piradi.d.ts', 'piradi.js']);
  run('mkdir', '-p', 'node_modules');
  run('tar', '-xzf', packed.filename);
  run('mv', 'package', 'node_modules/piradi');
  writeFileSync(join(home, 'page.mjs'), 'import * as piradi from "piradi"; console.log(Object.keys(piradi).sort().join());');
  assert.equal(run(process.execPath, 'page.mjs').trim(), 'PiradiError,authenticate,certificate,sign,signHash,status,watch');
  const { exports } = JSON.parse(readFileSync(join(home, 'node_modules/piradi/package.json')));
  Object.values(exports).flatMap(Object.values).forEach((file) => readFileSync(join(home, 'node_modules/piradi', file)));
});

test('every function has its type', () => {
  for (const name of ['piradi', 'piradi-login']) {
    const exported = [...readFileSync(join(folder, `${name}.js`), 'utf8').matchAll(/^export (?:async )?(?:function|class) (\w+)/gm)];
    const types = readFileSync(join(folder, `${name}.d.ts`), 'utf8');
    assert.ok(exported.length > 0);
    exported.forEach(([, what]) => assert.match(types, new RegExp(`^export (function|class) ${what}\\b`, 'm')));
  }
});

test('piradi.js is under 12 KiB minified, and so it still works', () => {
  const minified = execFileSync('esbuild', ['--minify', join(folder, 'piradi.js')], { encoding: 'utf8' });
  assert.ok(minified.length < 12 * 1024, `${minified.length} bytes`);
  writeFileSync(join(home, 'minified.mjs'), minified);
  writeFileSync(join(home, 'use.mjs'), 'import { PiradiError } from "./minified.mjs"; console.log(new PiradiError({ code: "BUSY" }).code);');
  assert.equal(run(process.execPath, 'use.mjs').trim(), 'BUSY');
});

test('a bundler takes both parts in', () => {
  writeFileSync(join(home, 'entry.mjs'), 'import "piradi/login"; export { status } from "piradi";');
  const bundle = run('esbuild', 'entry.mjs', '--bundle', '--format=esm', '--external:nothing');
  assert.match(bundle, /customElements\.define\("piradi-login"/);
});

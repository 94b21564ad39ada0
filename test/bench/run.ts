/*
 * npm run bench -- NAME …: measures one of our services beside what people use in its place (./NAME/bench.ts), as root,
 * and prints JSON lines with name and ratio.
 */
const BENCHES: Record<string, () => Promise<{ run: (args: string[]) => Promise<void> }>> = {
  bulk: () => import('./bulk/bench.ts'),
  convert: () => import('./convert/bench.ts'),
  dashboard: () => import('./dashboard/bench.ts'),
  dhcp: () => import('./dhcp/bench.ts'),
  floor: () => import('./floor/bench.ts'),
  idle: () => import('./idle/bench.ts'),
  image: () => import('./image/bench.ts'),
  import: () => import('./import/bench.ts'),
  list: () => import('./list/bench.ts'),
  provision: () => import('./provision/bench.ts'),
  rest: () => import('./rest/bench.ts'),
  serve: () => import('./serve/bench.ts'),
  tftp: () => import('./tftp/bench.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (!bench) {
  console.error(`bench: which one? ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}
await (await bench()).run(args)

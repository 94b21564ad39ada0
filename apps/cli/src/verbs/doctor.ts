import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { renderChecks } from '../doctor/check-text.ts'
import { examine } from '../doctor/examine.ts'
import { print } from '../print.ts'
import { Refusal } from '../refusal.ts'
import { dataHere } from '../running-services.ts'
import { keepFree } from '../up/image-options.ts'
import { artifactsOf, placesOf } from '../up/places.ts'
import { portFlags, portOptions, portsOf } from '../up/service-ports.ts'
import type { Verb } from '../verb.ts'
import { columnsFor } from '../wrap.ts'

export const doctor: Verb = {
  name: 'doctor',
  summary: 'check whether this machine can serve: LAN, ports, other DHCP servers, disk, clock, boot files, registry',
  help: `usage: ./eims doctor [--interface IF]... [OPTIONS]

Runs on the server's machine, before or while the service runs, and changes nothing. Into each LAN it sends one DHCP
DISCOVER and one of a PXE client, takes no address, and listens for four seconds who answers; and one ARP probe, whether
anybody else has the server's address. A running service is asked on its interfaces whether it answers there, and hears
DHCP. Each check is ok, warn or fail, with what to do; it ends with 1 when one fails.

  --interface IF    an interface of the bench LAN; may be repeated. Without it those that the service serves, else the
                    only one with an IPv4 address
  --data DIR        the service's data directory (default EIMS_DATA, else of the one that runs, else /var/lib/eims)
  --keep-free SIZE  as ./eims up is given it
  ${Object.keys(portFlags)
    .map((flag) => `--${flag} N`)
    .join(' ')}   as ./eims up is given them
  --json            print the checks as JSON
`,
  async run(argv, env) {
    const { values } = parseArgs({
      args: argv,
      options: {
        interface: { type: 'string', multiple: true },
        data: { type: 'string' },
        'keep-free': { type: 'string' },
        ...portOptions,
        json: { type: 'boolean' },
      },
    })
    const places = placesOf(env)
    const checks = await examine({
      asked: values.interface ?? [],
      ports: portsOf(values),
      dataDir: resolve(values.data ?? (env.EIMS_DATA || dataHere())),
      keepFree: keepFree(values['keep-free']),
      cacheDir: places.cacheDir,
      ...artifactsOf(places),
      databaseUrl: env.EIMS_DATABASE_URL || undefined,
      now: Date.now(),
    })
    print(checks, values.json, () => renderChecks(checks, columnsFor(process.stdout.columns)))
    if (checks.some(({ result }) => result === 'fail'))
      throw new Refusal('this machine is not ready; what to do stands beside each check')
  },
}

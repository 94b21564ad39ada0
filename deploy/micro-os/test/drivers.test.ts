import t from 'tap'
import { section } from '../elf.ts'
import { builtFiles } from './built.ts'
import type { Member } from './read-initrd.ts'

t.setTimeout(600_000)

/** What the product promises, written out here so that a driver cannot fall off the builder's list unnoticed. */
const PROMISED: Record<string, string[]> = {
  virtio: ['virtio_net', 'virtio_blk', 'virtio_scsi'],
  Ethernet: ['e1000', 'e1000e', 'igb', 'igc', 'ixgbe', 'i40e', 'ice', 'r8169', 'realtek', '8139cp', '8139too', 'tg3'],
  'more Ethernet': ['bnxt_en', 'mlx5_core', 'vmxnet3'],
  'USB Ethernet': ['r8152', 'ax88179_178a', 'asix', 'cdc_ether', 'cdc_ncm', 'smsc95xx', 'lan78xx'],
  disks: ['nvme', 'ahci', 'libahci', 'sd_mod', 'vmd'],
  SCSI: ['mpt3sas', 'megaraid_sas', 'vmw_pvscsi', 'sym53c8xx'],
  'optical drives': ['sr_mod', 'cdrom'],
  'USB storage': ['usb_storage', 'uas', 'xhci_pci', 'ehci_pci'],
  eMMC: ['sdhci_pci', 'sdhci_acpi', 'mmc_block'],
  firmware: ['efivarfs'],
}

/** Hardware as the kernel names it in modalias files, and the module that must come for it. */
const HARDWARE: [modalias: string, module: string][] = [
  ['pci:v00008086d000010D3sv00008086sd0000A01Fbc02sc00i00', 'e1000e'],
  ['pci:v00008086d000015F3sv00001043sd000087D2bc02sc00i00', 'igc'],
  ['pci:v000010ECd00008168sv00001043sd00008677bc02sc00i00', 'r8169'],
  ['pci:v000015B3d00001017sv000015B3sd00000006bc02sc00i00', 'mlx5_core'],
  ['virtio:d00000001v00001AF4', 'virtio_net'],
  ['usb:v0BDAp8153d3100dc00dsc00dp00icFFiscFFip00in00', 'r8152'],
  ['usb:v0781p5581d0100dc00dsc00dp00ic08isc06ip50in00', 'usb_storage'],
  ['pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02', 'nvme'],
  ['pci:v00008086d0000A352sv00001028sd00000869bc01sc06i01', 'ahci'],
  ['scsi:t-0x00', 'sd_mod'],
  ['scsi:t-0x05', 'sr_mod'],
  ['mmc:block', 'mmc_block'],
]

const isFile = (mode: number) => (mode & 0o170000) === 0o100000
const underscored = (path: string) => path.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_')

function modinfo(module: Member, key: string): string[] {
  const lines = section(module.bytes, '.modinfo')!.toString('latin1').split('\0')
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
}

/** Without these there is no way to the runtime, or none to the disk of most machines by the time it is there. */
const FIRST = ['virtio', 'Ethernet', 'more Ethernet', 'USB Ethernet', 'disks', 'firmware'].flatMap(
  (kind) => PROMISED[kind]!,
)

await t.test('every driver is there with all that it needs, in the initrd or in the runtime', async (t) => {
  const { files, first, runtime, manifest } = await builtFiles(t)
  const tree = `lib/modules/${manifest.kernelVersion}/`
  const modules = new Map(
    [...files].filter(([path]) => path.endsWith('.ko')).map(([path, file]) => [underscored(path), file]),
  )
  const dep = new Map(
    files
      .get(`${tree}modules.dep`)!
      .bytes.toString()
      .trim()
      .split('\n')
      .map((line) => {
        const [path, needs] = line.split(':')
        t.ok(files.has(tree + path!), `${path} of modules.dep is a file`)
        return [
          underscored(path!),
          needs!
            .trim()
            .split(' ')
            .filter((need) => need !== ''),
        ]
      }),
  )
  t.strictSame([...manifest.modules].sort(), [...modules.keys()].sort())

  /** All that a module needs, read from the modules themselves and not from what the builder wrote. */
  const closure = (name: string, found = new Set<string>()): Set<string> => {
    const module = modules.get(name)
    if (module === undefined) throw new Error(`module ${name} is not in the initrd`)
    for (const need of modinfo(module, 'depends')
      .flatMap((list) => list.split(','))
      .filter((word) => word !== '')) {
      const needed = need.replaceAll('-', '_')
      if (!found.has(needed)) closure(needed, found.add(needed))
    }
    return found
  }

  await t.test('what the runtime is fetched by does not come with it', async (t) => {
    const initrd = new Set([...first].flatMap(([path, { mode }]) => (isFile(mode) ? [underscored(path)] : [])))
    for (const name of [...FIRST, 'xhci_pci', 'ehci_pci', 'loop', 'squashfs'])
      t.strictSame(
        [name, ...closure(name)].filter((each) => !initrd.has(each)),
        [],
        `${name} and all it needs`,
      )
  })

  await t.test('each file of the runtime has a link in the initrd, and each link its file', async (t) => {
    const links = [...first].filter(([, { bytes }]) => bytes.toString().startsWith('/eims/runtime/'))
    t.strictSame(
      links.map(([path, { bytes }]) => [path, bytes.toString()]),
      [...runtime.keys()].sort().map((path) => [path, `/eims/runtime/${path}`]),
    )
    t.ok(runtime.has('bin/node'))
  })

  for (const [kind, names] of Object.entries(PROMISED)) {
    await t.test(kind, async (t) => {
      for (const name of names) {
        const needs = dep.get(name)?.map(underscored)
        t.ok(needs !== undefined, `${name} is there`)
        t.strictSame(
          [...closure(name)].filter((need) => !needs?.includes(need)),
          [],
          `${name} has all it needs`,
        )
        // modprobe loads the list from its end: what a module needs must stand behind it
        for (const [index, need] of (needs ?? []).entries()) {
          const behind = needs!.slice(index + 1)
          t.strictSame(
            [...closure(need)].filter((other) => !behind.includes(other)),
            [],
            `${need} for ${name} in order`,
          )
        }
      }
    })
  }

  await t.test('hardware finds its driver', async (t) => {
    const aliases = files
      .get(`${tree}modules.alias`)!
      .bytes.toString()
      .trim()
      .split('\n')
      .map((line) => {
        const [, pattern, module] = /^alias (.+) (\S+)$/.exec(line)!
        const expression = pattern!
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')
        return { expression: new RegExp(`^${expression}$`), module: module! }
      })
    for (const [modalias, module] of HARDWARE) {
      const found = aliases.filter(({ expression }) => expression.test(modalias)).map((alias) => alias.module)
      t.ok(found.includes(module), `${module} for ${modalias}, found ${found.join()}`)
    }
  })

  await t.test('a PHY driver that r8169 wants first is loaded with it', async (t) => {
    t.ok(dep.get('r8169')?.map(underscored).includes('realtek'))
  })
})

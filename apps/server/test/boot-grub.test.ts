import { writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type BootDecision, told } from '@eims/contracts'
import { fetchDebianTree, fromTree, run } from '@eims/lab'
import t from 'tap'
import type { DecisionScriptInput } from '../src/boot/decision-script.ts'
import { grubConfig, grubDecision } from '../src/boot/grub.ts'

// One promise: GRUB is told what iPXE is told, in its own language, and is never left at a prompt.

const base = 'http://192.168.77.1:7480'
const input: DecisionScriptInput = {
  firmware: 'uefi',
  bootUrl: `${base}/boot.ipxe`,
  failedUrl: `${base}/boot/failed?mac=52-54-00-aa-00-01`,
  kernelUrl: `${base}/boot/x86_64/vmlinuz?mac=52-54-00-aa-00-01`,
  initrdUrl: `${base}/boot/x86_64/initrd.zst?mac=52-54-00-aa-00-01`,
  siteCpioUrl: `${base}/boot/site.cpio?token=0123456789abcdef`,
}
const provision: BootDecision = {
  kind: 'provision',
  nodeId: 'n1',
  architecture: 'x86_64',
  kernelArgs: 'nomodeset eims.debug=1',
  reason: { code: 'installs', slots: { profile: 'kiosk' } },
}
const waiting = (where: 'micro-os' | 'firmware', text: string): BootDecision => ({
  kind: 'wait',
  where,
  nodeId: 'n1',
  architecture: 'x86_64',
  reason: told(text),
  retrySeconds: 15,
})

const cfg = grubConfig({ decisionUrl: `${base}/boot/grub` })

await t.test('who are you, and do as you are told', (t) => {
  t.equal(
    cfg,
    `smbios --type 1 --get-string 7 --set serial
smbios --type 1 --get-uuid 8 --set uuid
set who="mac=$net_default_mac&uuid=$uuid&arch=$grub_cpu&platform=efi"
if regexp '^[A-Za-z0-9._-]+$' "$serial"; then set who="$who&serial=$serial"; fi
set ask="(http,192.168.77.1:7480)/boot/grub?$who"
function ask {
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    set next=
    source "$ask"
    if [ -n "$next" ]; then return 0; fi
    source "(http,192.168.77.1:7480)/boot/failed?mac=$net_default_mac&stage=script&by=grub"
    echo 'eims: no boot configuration yet, asking again'
    sleep 5
  done
  return 1
}
while ask; do
  if [ "$next" = leave ]; then exit; fi
done
echo 'eims: the server does not answer, going on to the next boot device'
exit
`,
  )
  t.end()
})

await t.test('provision', (t) => {
  t.equal(
    grubDecision(provision, input),
    `echo 'eims: installs profile kiosk'
set kernel=
for try in 1 2 3 4 5; do
  if linux "(http,192.168.77.1:7480)/boot/x86_64/vmlinuz?mac=52-54-00-aa-00-01" console=tty0 console=ttyS0,115200 quiet loglevel=4 panic=30 nomodeset eims.debug=1; then set kernel=done; break; fi
  source "(http,192.168.77.1:7480)/boot/failed?mac=52-54-00-aa-00-01&stage=kernel&by=grub"
  sleep 3
done
set initrd=
for try in 1 2 3 4 5; do
  if initrd "(http,192.168.77.1:7480)/boot/x86_64/initrd.zst?mac=52-54-00-aa-00-01" "(http,192.168.77.1:7480)/boot/site.cpio?token=0123456789abcdef"; then set initrd=done; break; fi
  source "(http,192.168.77.1:7480)/boot/failed?mac=52-54-00-aa-00-01&stage=initrd&by=grub"
  sleep 3
done
if [ "$kernel" = done -a "$initrd" = done ]; then
  boot
  source "(http,192.168.77.1:7480)/boot/failed?mac=52-54-00-aa-00-01&stage=boot&by=grub"
fi
set next=again
sleep 10
`,
  )
  t.end()
})

await t.test('the other decisions', (t) => {
  t.equal(
    grubDecision(waiting('firmware', 'the registry does not answer'), input),
    `echo 'eims: the registry does not answer'\nset next=again\nsleep 15\n`,
  )
  t.match(
    grubDecision(waiting('micro-os', 'disk is not blank'), input),
    /^echo 'eims: disk is not blank'\nset kernel=\n/,
  )
  const refused = grubDecision({ kind: 'refused', nodeId: 'n1', reason: told('stolen') }, input)
  t.equal(refused, `echo 'eims: stolen'\nsleep 10\nset next=leave\n`)
  const disk = grubDecision({ kind: 'local-disk', nodeId: 'n1', reason: told('done') }, input)
  t.match(disk, /\n {6}set root="\$disk,\$part"\n {6}if chainloader "\$loader"; then boot; fi\n/)
  t.match(disk, /\nset next=leave\n$/)
  t.end()
})

await t.test('no text of others is a command', (t) => {
  const hostile = `it's $(reboot) "; halt; ${'x'.repeat(2000)}\nreboot`
  const [said = ''] = grubDecision(waiting('firmware', hostile), input).split('\n')
  t.match(said, /^echo 'eims: its \$\(reboot\) "; halt; x+'$/)
  t.ok(said.length < 1100)
  t.end()
})

const special: BootDecision = {
  ...provision,
  kernelArgs: `console=ttyS1 a=$root b=x;halt c="d e" f=it's g|h&i<j {k} l=\\\nreboot`,
}

await t.test('a profile’s kernel arguments are the kernel’s, whatever they look like to GRUB', (t) => {
  const line = grubDecision(special, input).split('\n')[3]
  t.match(
    line,
    / panic=30 console=ttyS1 'a=\$root' 'b=x;halt' 'c="d' 'e"' 'f=it'\\''s' 'g\|h&i<j' '\{k\}' 'l=\\' reboot; then set/,
  )
  t.end()
})

await t.test('GRUB’s own parser takes each of them', async (t) => {
  const dir = t.testdir()
  const cacheDir = process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims')
  const tree = await fetchDebianTree({
    cacheDir,
    name: 'grub-common-trixie',
    release: 'trixie',
    packages: ['grub-common'],
    withDependencies: true,
  })
  const [loader, ...check] = fromTree(tree, 'usr/bin/grub-script-check')
  const decisions = [
    provision,
    special,
    waiting('firmware', 'x'),
    waiting('micro-os', 'x'),
    { kind: 'local-disk', nodeId: 'n1', reason: told('done') },
  ] as const
  const file = join(dir, 'grub.cfg')
  for (const text of [cfg, ...decisions.map((each) => grubDecision(each, input))]) {
    await writeFile(file, text)
    await run(loader, [...check, file])
  }
  await writeFile(file, cfg.replace('done\n', ''))
  await t.rejects(run(loader, [...check, file]))
})

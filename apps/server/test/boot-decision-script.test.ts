import { type BootDecision, told } from '@eims/contracts'
import t from 'tap'
import { type DecisionScriptInput, decisionScript } from '../src/boot/scripts.ts'

const base = 'http://192.168.77.1:7480'
const input: DecisionScriptInput = {
  firmware: 'uefi',
  bootUrl: `${base}/boot.ipxe`,
  failedUrl: `${base}/boot/failed?mac=52-54-00-aa-00-01`,
  kernelUrl: `${base}/boot/x86_64/vmlinuz`,
  initrdUrl: `${base}/boot/x86_64/initrd.zst`,
  siteCpioUrl: `${base}/boot/site.cpio?token=0123456789abcdef`,
}
const provision: Extract<BootDecision, { kind: 'provision' }> = {
  kind: 'provision',
  nodeId: 'n1',
  architecture: 'x86_64',
  kernelArgs: 'nomodeset eims.debug=1',
  reason: { code: 'installs', slots: { profile: 'kiosk' } },
}
const waiting = (
  where: 'micro-os' | 'firmware',
  text = 'disk is not blank',
): Extract<BootDecision, { kind: 'wait' }> => ({
  kind: 'wait',
  where,
  nodeId: 'n1',
  architecture: 'x86_64',
  reason: told(text),
  retrySeconds: 15,
})

const intoMicroOs = (reason: string, args: string) => `#!ipxe
echo eims: ${reason}
set try:int32 0
:kernel
kernel --name vmlinuz http://192.168.77.1:7480/boot/x86_64/vmlinuz initrd=micro-os initrd=site console=tty0 console=ttyS0,115200 quiet loglevel=4 panic=30${args} && goto kernel-done ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=52-54-00-aa-00-01&stage=kernel&errno=\${error} && imgfree failed ||
inc try
iseq \${try} 5 && goto again ||
sleep 3 ||
goto kernel
:kernel-done
set try:int32 0
:initrd
initrd --name micro-os http://192.168.77.1:7480/boot/x86_64/initrd.zst && goto initrd-done ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=52-54-00-aa-00-01&stage=initrd&errno=\${error} && imgfree failed ||
inc try
iseq \${try} 5 && goto again ||
sleep 3 ||
goto initrd
:initrd-done
set try:int32 0
:site
initrd --name site http://192.168.77.1:7480/boot/site.cpio?token=0123456789abcdef && goto site-done ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=52-54-00-aa-00-01&stage=site&errno=\${error} && imgfree failed ||
inc try
iseq \${try} 5 && goto again ||
sleep 3 ||
goto site
:site-done
boot ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=52-54-00-aa-00-01&stage=boot&errno=\${error} && imgfree failed ||
:again
imgfree ||
set try:int32 0
:ask-again
sleep 10 ||
chain --replace --autofree http://192.168.77.1:7480/boot.ipxe ||
inc try
iseq \${try} 30 || goto ask-again
exit 1
`

await t.test('an iPXE that is signed by iPXE borrows the trust of Debian’s shim', async (t) => {
  const shimUrl = `${base}/boot/ipxe/shimx64.efi`
  const line = 'shim http://192.168.77.1:7480/boot/ipxe/shimx64.efi ||\n'
  const without = intoMicroOs('installs profile kiosk', ' nomodeset eims.debug=1')
  t.equal(decisionScript(provision, { ...input, shimUrl }), without.replace('boot ||\n', `${line}boot ||\n`))
  t.equal(decisionScript(provision, { ...input, shimUrl: null }), without)
})

await t.test('provision, with the profile’s kernel arguments', async (t) => {
  t.equal(decisionScript(provision, input), intoMicroOs('installs profile kiosk', ' nomodeset eims.debug=1'))
})

await t.test('wait in the Micro-OS', async (t) => {
  t.equal(decisionScript(waiting('micro-os'), input), intoMicroOs('disk is not blank', ''))
})

await t.test('an arm64 machine has another serial port', async (t) => {
  const there = intoMicroOs('installs profile kiosk', ' nomodeset eims.debug=1').replace('ttyS0', 'ttyAMA0')
  t.equal(decisionScript({ ...provision, architecture: 'arm64' }, input), there)
  const waits = intoMicroOs('disk is not blank', '').replace('ttyS0', 'ttyAMA0')
  t.equal(decisionScript({ ...waiting('micro-os'), architecture: 'arm64' }, input), waits)
})

await t.test('wait in the firmware', async (t) => {
  t.equal(
    decisionScript(waiting('firmware'), input),
    `#!ipxe
echo eims: disk is not blank
imgfree ||
set try:int32 0
:ask-again
sleep 15 ||
chain --replace --autofree http://192.168.77.1:7480/boot.ipxe ||
inc try
iseq \${try} 30 || goto ask-again
exit 1
`,
  )
})

await t.test('local disk: UEFI goes on to its next boot option, a BIOS is given its first disk', async (t) => {
  const decision: BootDecision = {
    kind: 'local-disk',
    nodeId: 'n1',
    reason: { code: 'runs-its-os', slots: { node: 'pos-17' } },
  }
  const uefi = '#!ipxe\necho eims: pos-17 runs its OS\nexit 1\n'
  const bios =
    '#!ipxe\necho eims: pos-17 runs its OS\nisset ${first-disk} || set first-disk 0x80\nsanboot --no-describe --drive ${first-disk} ||\nexit 1\n'
  t.equal(decisionScript(decision, input), uefi)
  t.equal(decisionScript(decision, { ...input, firmware: null }), uefi)
  t.equal(decisionScript(decision, { ...input, firmware: 'bios' }), bios)
})

await t.test('refused', async (t) => {
  const reason = { code: 'netboot-denied', slots: { node: 'pos-17' } } as const
  t.equal(
    decisionScript({ kind: 'refused', nodeId: null, reason }, input),
    '#!ipxe\necho eims: pos-17 may not boot from the network\nsleep 10 ||\nexit 1\n',
  )
})

await t.test('every script ends with exit 1', async (t) => {
  for (const firmware of ['uefi', 'bios', null] as const)
    for (const decision of [provision, waiting('micro-os'), waiting('firmware')])
      t.match(decisionScript(decision, { ...input, firmware }), /\nexit 1\n$/)
})

await t.test('text from outside stays text', async (t) => {
  const echoed = (text: string) => decisionScript(waiting('firmware', text), input).split('\n')[1]
  const table = [
    ['two\nlines\r\nexit 0', 'echo eims: two lines exit 0'],
    ['${net0/mac} $${x}', 'echo eims: $(net0/mac} $$(x}'],
    ['a || shell', 'echo eims: a shell'],
    ['a && exit 0 ; exit 0', 'echo eims: a exit 0 exit 0'],
    ['No. #3 ##', 'echo eims: No. 3'],
    ['ends in \\', 'echo eims: ends in'],
    ['größer \u0000 \u202e', 'echo eims: gr er'],
    ['x'.repeat(5000), `echo eims: ${'x'.repeat(1024)}`],
    ['', 'echo eims: '],
  ] as const
  for (const [text, line] of table) t.equal(echoed(text), line)
  const args = 'a=1 || shell ${uuid} \\'
  t.match(
    decisionScript({ ...provision, kernelArgs: args }, input),
    'panic=30 a=1 shell $(uuid} && goto kernel-done ||\n',
  )
})

import t from 'tap'
import { autoexecFor, autoexecScript } from '../src/boot/autoexec.ts'

const base = 'http://192.168.77.1:7480'
const site = { scriptUrl: null, userClass: 'Tinkerbell', https: true }
const where = { base, httpsPort: 7443, loadedBy: 'tftp' } as const

await t.test('over HTTPS: the same, and what is not trusted is reported and not asked for ever', async (t) => {
  t.equal(
    autoexecScript(autoexecFor(site, where)),
    `#!ipxe
set user-class Tinkerbell
set untrusted:int32 0
set round:int32 0
:round
set nic:int32 0
:nic
isset \${net\${nic}/mac} || goto next-round
dhcp net\${nic} || goto next-nic
chain --replace --autofree https://192.168.77.1:7443/boot.ipxe ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=\${netX/mac:hexhyp}&stage=tls&errno=\${error} || goto next-nic
imgfree failed ||
echo eims: the server is there, but HTTPS to it failed (https://ipxe.org/\${error}): its certificate is not trusted
echo eims: or does not name its address, or the clock of this machine is wrong: \${unixtime:int32} s since 1970
inc untrusted
iseq \${untrusted} 3 && goto untrusted ||
:next-nic
ifclose net\${nic} ||
inc nic
goto nic
:next-round
inc round
iseq \${round} 21 && goto over ||
echo eims: no address or no answer yet, asking again
sleep 3 ||
goto round
:untrusted
echo eims: HTTPS failed three times, going on to the next boot device
exit 1
:over
echo eims: no server found, going on to the next boot device
exit 1
`,
  )
})

await t.test('an iPXE that came by UEFI HTTP boot becomes one that is told the CA', async (t) => {
  const text = autoexecScript(autoexecFor(site, { ...where, loadedBy: 'http' }))
  t.match(
    text,
    `dhcp net\${nic} || goto next-nic
set binary snponly.efi
iseq \${buildarch} arm64 && set binary ipxe-arm64.efi ||
imgfetch --name another tftp://192.168.77.1/\${netX/mac:hexhyp}/\${binary} || goto next-nic
imgexec --autofree another ||
exit 1
:next-nic
`,
  )
  t.notMatch(text, 'boot.ipxe', 'never by plain HTTP, whatever failed')
  t.notMatch(text, '/boot/failed', 'the other iPXE tells what it met')
})

await t.test('which script a machine is sent to', async (t) => {
  t.strictSame(autoexecFor({ ...site, https: false }, where), { bootUrl: `${base}/boot.ipxe`, userClass: 'Tinkerbell' })
  const elsewhere = { ...site, scriptUrl: 'http://other/script' }
  t.strictSame(autoexecFor(elsewhere, where), { bootUrl: 'http://other/script', userClass: 'Tinkerbell' })
})

import t from 'tap'
import { autoexecScript, bootScript } from '../src/boot/scripts.ts'

await t.test('autoexec.ipxe', async (t) => {
  t.equal(
    autoexecScript({ bootUrl: 'http://192.168.77.1:7480/boot.ipxe', userClass: 'Tinkerbell' }),
    `#!ipxe
set user-class Tinkerbell
set round:int32 0
:round
set nic:int32 0
:nic
isset \${net\${nic}/mac} || goto next-round
dhcp net\${nic} || goto next-nic
chain --replace --autofree http://192.168.77.1:7480/boot.ipxe ||
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
:over
echo eims: no server found, going on to the next boot device
exit 1
`,
  )
})

await t.test('/boot.ipxe', async (t) => {
  t.equal(
    bootScript({ scriptUrl: 'http://192.168.77.1:7480/boot/script' }),
    `#!ipxe
set try:int32 0
:ask
chain --replace --autofree http://192.168.77.1:7480/boot/script?mac=\${netX/mac:hexhyp}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}&serialHex=\${serial:hexhyp}&manufacturerHex=\${manufacturer:hexhyp}&productHex=\${product:hexhyp} ||
set error \${errno:hexraw}
imgfetch --name failed http://192.168.77.1:7480/boot/failed?mac=\${netX/mac:hexhyp}&stage=script&errno=\${error} && imgfree failed ||
inc try
iseq \${try} 30 && goto over ||
echo eims: no boot script yet, asking again
sleep 5 ||
goto ask
:over
echo eims: the server does not answer, going on to the next boot device
exit 1
`,
  )
})

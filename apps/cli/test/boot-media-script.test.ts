import t from 'tap'
import { mediaScript } from '../src/boot-media/script.ts'

// One promise: a stick asks every network card for at least a minute, and knows its server by DHCP or by name.

const untilAddress = `:start
set round:int32 0
:round
set nic:int32 0
:nic
isset \${net\${nic}/mac} || goto next-round
dhcp net\${nic} || goto next-nic
`
const fromScriptOn = `chain --replace --autofree \${script} ||
iseq \${platform} efi || goto next-nic
set binary snponly.efi
iseq \${buildarch} arm64 && set binary ipxe-arm64.efi ||
imgfetch --name another tftp://\${proxydhcp/dhcp-server}/\${netX/mac:hexhyp}/\${binary} || goto next-nic
imgexec --autofree another ||
exit 1
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
set choice again
menu eims: no server was found on any network card
item again Ask again
item shell Look around (iPXE shell)
item next Go on to the next boot device
choose --default again --timeout 60000 choice ||
goto \${choice}
:shell
shell ||
:again
goto start
:next
exit 1
`

t.equal(
  mediaScript({ bootUrl: null, userClass: 'Tinkerbell', firstDisk: '0x81' }),
  `#!ipxe
set user-class Tinkerbell
set first-disk 0x81
${untilAddress}set script \${proxydhcp/filename}
isset \${script} || set script \${filename}
isset \${script} || echo eims: an address, but nobody on this LAN names a boot script
isset \${script} || goto next-nic
${fromScriptOn}`,
  'by DHCP',
)
t.equal(
  mediaScript({ bootUrl: 'http://192.168.77.1:7480/boot.ipxe', userClass: 'depot-7', firstDisk: '0x80' }),
  `#!ipxe
set user-class depot-7
set first-disk 0x80
${untilAddress}set script http://192.168.77.1:7480/boot.ipxe
${fromScriptOn}`,
  'by name',
)

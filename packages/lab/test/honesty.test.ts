import t from 'tap'
import { qemuArguments } from '../src/qemu/arguments.ts'
import { assertHonest } from '../src/qemu/honesty.ts'

const honest = qemuArguments(
  {
    firmware: 'uefi',
    nic: { model: 'e1000e', mac: '52:54:00:aa:00:01', pxe: 'firmware', bootIndex: 1 },
    disk: { bus: 'nvme' },
    system: { uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN-0001' },
  },
  {
    tap: 'tap0',
    disk: { file: '/m/disk.raw', format: 'raw' },
    serialLog: '/m/serial.log',
    nicRom: '/c/usr/share/qemu/efi-e1000e.rom',
    uefi: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/m/vars.fd' },
  },
)

/** Every way that QEMU 7.2 knows to hand a guest something past its firmware, disk and LAN. */
const DISHONEST = [
  ['-kernel', '/boot/vmlinuz'],
  ['--kernel', '/boot/vmlinuz'],
  ['-initrd', '/boot/initrd.img'],
  ['-append', 'console=ttyS0'],
  ['-dtb', '/x'],
  ['-machine', 'q35,kernel=/boot/vmlinuz'],
  ['-M', 'q35,initrd=/x'],
  ['-machine', 'virt,kernel=/boot/vmlinuz'],
  ['-machine', 'virt,dtb=/x'],
  ['-bios', '/x'],
  ['-fw_cfg', 'name=opt/x,file=/x'],
  ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,file=/x'],
  ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=no,file=/x'],
  ['-fw_cfg', 'name=etc/edk2/https/cacerts,file=/x'],
  ['-device', 'loader,file=/x,addr=0x100000'],
  ['-device', 'guest-loader,addr=0,kernel=/x'],
  ['-device', 'e1000e,netdev=net0,mac=52:54:00:aa:00:01,romfile=/x'],
  ['-device', 'e1000e,netdev=net0,mac=52:54:00:aa:00:01,romfile=/c/usr/share/qemu/efi-e1000e.rom,x'],
  ['-device', 'e1000e,netdev=net0,mac=52:54:00:aa:00:01,romfile=/x/ipxe.efirom'],
  ['-device', 'usb-storage,drive=stick'],
  ['-device', 'usb-storage,id=plug0,drive=disk0,bus=usb0.0,removable=on'],
  ['-blockdev', 'driver=raw,node-name=stick0,read-only=on,file.driver=file,file.filename=/m/other.img'],
  ['-blockdev', 'driver=raw,node-name=stick0,read-only=on,file.driver=vvfat,file.dir=/m/eims-boot-usb.img'],
  ['-blockdev', 'driver=raw,node-name=stick0,file.driver=file,file.filename=/m/eims-boot-usb.img'],
  ['-blockdev', 'driver=raw,node-name=disk0,file.driver=file,file.filename=/m/eims-installer.img'],
  ['-drive', 'if=none,id=disc0,format=raw,readonly=on,file=/m/other.img'],
  ['-drive', 'if=none,id=disc0,format=raw,file=/m/eims-installer.img'],
  ['-drive', 'if=none,id=disc0,format=raw,readonly=on,file=fat:/m/eims-installer.img'],
  ['-device', 'ide-cd,drive=disk0,bus=ide.1'],
  ['-device', 'vhost-user-fs-pci,chardev=c,tag=t'],
  ['-device', 'virtio-9p-pci,fsdev=f,mount_tag=t'],
  ['-virtfs', 'local,path=/x,mount_tag=t,security_model=none'],
  ['-netdev', 'user,id=net0,tftp=/srv,bootfile=x'],
  ['-netdev', 'user,id=net1'],
  ['-nic', 'user'],
  ['-net', 'user'],
  ['-nic', 'tap'],
  ['-smbios', 'type=11,value=io.systemd.credential:x=y'],
  ['-smbios', 'file=/x'],
  ['-smbios', 'type=1,serial=a,sku=x'],
  ['-drive', 'if=none,id=disk0,format=raw,file=fat:rw:/x,cache=unsafe,discard=unmap'],
  ['-drive', 'file=/x,media=cdrom'],
  ['-drive', 'if=pflash,format=raw,file=nbd://x/y'],
  ['-hda', '/x'],
  ['-cdrom', '/x'],
  ['-boot', 'order=n,once=d'],
  ['-chardev', 'socket,id=console,path=/x'],
  ['-acpitable', 'file=/x'],
  ['-object', 'memory-backend-file,id=m,size=1M,mem-path=/x'],
  ['-global', 'e1000e.romfile=/x'],
  ['-set', 'device.x.romfile=/x'],
  ['-readconfig', '/x'],
  ['-incoming', 'exec:cat /x'],
  ['-loadvm', 'snapshot'],
  ['-monitor', 'stdio'],
  ['-cpu', 'max,vendor=x'],
  ['-cpu', 'cortex-a57,x=y'],
  ['-semihosting'],
  ['/m/other.raw'],
  ['-m'],
]

await t.test('the machine that the lab builds is honest', async () => assertHonest(honest))

for (const extra of DISHONEST) {
  await t.test(`refused: ${extra.join(' ')}`, async (t) => {
    t.throws(() => assertHonest([...honest, ...extra]), { message: /^QEMU option "/ }, 'at the end')
    if (extra.length === 2)
      t.throws(() => assertHonest([...extra, ...honest]), { message: /^QEMU option "/ }, 'in front')
  })
}

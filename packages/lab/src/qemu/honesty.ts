/*
 * A machine under test may learn what it is to run only from its firmware, its disk and the LAN. QEMU has many ways to
 * hand a guest something past them (-kernel, -machine kernel=, -device loader, -fw_cfg, -smbios type=11 credentials,
 * vvfat drives, user networking with its own TFTP server, an option ROM from a file), and gains more with each release.
 * So what is honest is listed here, and everything else is refused.
 */

const FLAGS = new Set(['-nodefaults', '-no-user-config', '-no-reboot'])

const NICS = 'e1000|e1000e|rtl8139|virtio-net-pci|vmxnet3'
const DISKS = 'ide-hd|virtio-blk-pci|scsi-hd|nvme'

/** A value with QEMU's doubled commas, so that no further key can hide behind it. */
const TEXT = '(?:[^,]|,,)*'
const FILE = '/(?:[^,]|,,)+'

/** The UEFI driver of a NIC, as Debian's ipxe-qemu has it. */
const DRIVER_ROM = '/(?:[^,]|,,)+/usr/share/qemu/efi-(?:e1000|e1000e|rtl8139|vmxnet3)\\.rom'

/** What `eims boot-media usb` made: a person may carry that to a machine. */
const STICK = '/(?:[^,]|,,)+/eims-boot-usb\\.img'

/** What `eims boot-media installer` made: machines leave their reports on it. */
const INSTALLER = '/(?:[^,]|,,)+/eims-installer\\.img'

const OPTIONS: Record<string, RegExp> = {
  '-accel': /^(tcg(,thread=multi)?|kvm)$/,
  '-blockdev': new RegExp(
    `^driver=raw,node-name=stick0,(read-only=on,file\\.driver=file,file\\.filename=(${STICK}|${INSTALLER})|file\\.driver=file,file\\.filename=${INSTALLER})$`,
  ),
  '-boot': /^order=[a-z]+$/,
  '-chardev': new RegExp(`^file,id=console,path=${FILE},append=on$`),
  '-cpu': /^(qemu64(,\+rdrand)?|cortex-a57)$/,
  '-device': new RegExp(
    [
      `^(${NICS}),netdev=net0,mac=[0-9a-f:]{17}(,bootindex=\\d+)?(,romfile=(${DRIVER_ROM})?)?$`,
      '^e1000,netdev=net1,mac=[0-9a-f:]{17},romfile=$',
      `^(${DISKS}),drive=disk0(,bus=[a-z]+\\d*\\.0)?(,serial=[a-z0-9-]+)?(,bootindex=\\d+)?$`,
      '^virtio-scsi-pci,id=scsi0$',
      '^virtio-rng-pci$',
      '^qemu-xhci,id=usb0$',
      '^usb-storage,id=plug0,drive=stick0,bus=usb0\\.0,removable=on(,bootindex=\\d+)?$',
      '^ide-cd,id=optical0,drive=disc0,bus=ide\\.1(,bootindex=\\d+)?$',
    ].join('|'),
  ),
  '-display': /^none$/,
  '-drive': new RegExp(
    [
      `^if=pflash,format=raw(,readonly=on)?,file=${FILE}$`,
      `^if=none,id=disc0,format=raw,readonly=on,file=${INSTALLER}$`,
      `^if=none,id=disk0,format=(raw|qcow2),file=${FILE},cache=unsafe,discard=unmap$`,
    ].join('|'),
  ),
  // switches of the firmware's setup; a file or any other name would be help
  '-fw_cfg': /^name=opt\/org\.tianocore\/IPv[46]PXESupport,string=no$/,
  '-m': /^\d+$/,
  // with system management mode, behind which Secure Boot's variables are
  '-machine': /^(q35(,smm=on)?|virt)$/,
  '-global': /^driver=cfi\.pflash01,property=secure,value=on$/,
  '-netdev': /^(tap,id=net0,ifname=[a-z0-9]+,script=no,downscript=no|hubport,id=net1,hubid=1)$/,
  '-qmp': /^stdio$/,
  '-serial': /^chardev:console$/,
  '-smbios': new RegExp(`^type=1(,(manufacturer|product|serial|uuid)=${TEXT})*$`),
  '-smp': /^\d+$/,
  '-vga': /^std$/,
}

/**
 * Throws unless this QEMU command line gives the machine nothing but firmware, one disk and the LAN.
 * @param args the arguments behind the program's name
 */
export function assertHonest(args: readonly string[]): void {
  for (let i = 0; i < args.length; i++) {
    const option = args[i]!
    if (FLAGS.has(option)) continue
    const allowed = Object.hasOwn(OPTIONS, option) ? OPTIONS[option] : undefined
    if (!allowed) throw new Error(`QEMU option "${option}" is not one that a machine under test may have`)
    const value = args[++i]
    if (value === undefined || !allowed.test(value))
      throw new Error(`QEMU option "${option} ${value ?? ''}" gives the machine something that is not its own`)
  }
}

import type { Architecture } from './architecture.ts'

/**
 * Kernel modules by what they are there for, on every architecture; each brings the modules it depends on (`modules.ts`).
 * These are in the initrd: what it takes to fetch the runtime, and the disks that nearly every machine has, which have then
 * shown up before it is there.
 */
const WANTED_DRIVERS: Readonly<Record<string, readonly string[]>> = {
  'virtual machines': ['virtio_net', 'virtio_blk', 'virtio_scsi', 'virtio_rng', 'vmxnet3'],
  'Hyper-V': ['hv_netvsc', 'hv_storvsc'],
  'Intel Ethernet': ['e1000', 'e1000e', 'igb', 'igc', 'ixgbe', 'i40e', 'ice', 'igbvf', 'ixgbevf', 'iavf'],
  'Realtek Ethernet': ['r8169', 'realtek', '8139too', '8139cp'],
  'Broadcom Ethernet': ['tg3', 'broadcom', 'bnx2', 'bnx2x', 'bnxt_en'],
  'Mellanox Ethernet': ['mlx4_en', 'mlx5_core'],
  'other Ethernet': ['atlantic', 'alx', 'atl1c', 'be2net', 'pcnet32', 'sky2', 'tulip'],
  'USB host': ['xhci_pci', 'xhci_pci_renesas', 'ehci_pci', 'ohci_pci'],
  'USB Ethernet': [
    'r8152',
    'ax88179_178a',
    'asix',
    'aqc111',
    'cdc_ether',
    'cdc_ncm',
    'dm9601',
    'lan78xx',
    'rtl8150',
    'smsc95xx',
  ],
  // PHY drivers of the USB adapters above, which bind by PHY id and are not named as dependencies
  'USB Ethernet PHY': ['smsc', 'microchip', 'ax88796b'],
  'disks behind': ['sd_mod', 'nvme', 'ahci', 'ata_piix', 'ata_generic'],
  firmware: ['efivarfs'],
  // the runtime is a squashfs
  runtime: ['loop', 'squashfs'],
}

/** What comes with the runtime. */
const LATER_DRIVERS: Readonly<Record<string, readonly string[]>> = {
  'SCSI and RAID': [
    'mpt3sas',
    'mpi3mr',
    'megaraid_sas',
    'smartpqi',
    'hpsa',
    'aacraid',
    'mptsas',
    'mptspi',
    'sym53c8xx',
  ],
  // to look into, never to write: a seed on a disc would be taken for the unit's own
  'optical drives': ['sr_mod'],
  // to recognise and refuse: nobody's USB stick is a target
  'USB storage': ['usb_storage', 'uas'],
  eMMC: ['sdhci_pci', 'sdhci_acpi', 'mmc_block'],
}

/** What only one architecture has: its kernel's modules are another set. */
const ONLY_ON: Readonly<Record<Architecture, Readonly<Record<string, readonly string[]>>>> = {
  x86_64: {
    'virtual machines': ['vmw_pvscsi'],
    'other Ethernet': ['dwmac_intel'],
    'USB host': ['uhci_hcd'],
    'disks behind': ['vmd'],
  },
  // boards with UEFI and ACPI, where a driver needs no clocks, regulators and pins of its own board
  arm64: {
    'virtual machines': ['virtio_mmio'],
    'server Ethernet': ['hns3', 'hclge', 'hns_enet_drv', 'nicvf', 'nicpf', 'thunder_bgx', 'xgene_enet', 'amd_xgbe'],
    'Raspberry Pi': ['genet', 'sdhci_iproc'],
    'USB host': ['xhci_plat_hcd'],
    'disks behind': ['ahci_platform', 'ahci_xgene'],
  },
}

const LATER_ONLY_ON: typeof ONLY_ON = {
  x86_64: {},
  arm64: { 'SCSI and RAID': ['hisi_sas_v3_hw', 'hisi_sas_v2_hw'] },
}

type Kinds = Readonly<Record<string, readonly string[]>>

const modulesOf = (...all: Kinds[]): string[] =>
  [...new Set(all.flatMap((kinds) => Object.values(kinds).flat()))].sort()

/** Those of an architecture that are in the initrd, sorted. */
export const firstModules = (architecture: Architecture): string[] => modulesOf(WANTED_DRIVERS, ONLY_ON[architecture])

/** All of an architecture's, sorted. */
export const wantedModules = (architecture: Architecture): string[] =>
  modulesOf(WANTED_DRIVERS, ONLY_ON[architecture], LATER_DRIVERS, LATER_ONLY_ON[architecture])

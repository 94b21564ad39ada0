import { CHOSEN } from '@eims/contracts'
import { type Facts, type NodeFacts, sample } from './facts.ts'

/** A value that stands for one that is not known yet. */
export interface StandIn {
  /** as a template writes it: `.Hardware.Disks` */
  path: string
  value: string
  why: string
}

/** What templates see, and what of it only stands for something. */
export interface Data {
  data: Record<string, unknown>
  standIns: StandIn[]
}

type Json = { readonly [key: string]: unknown }

/**
 * PURE: the values that a machine's templates see: `.Hardware` and `.hardware` as Tinkerbell's users know them, `.device_1`,
 * the names that the Edge Infrastructure Manager gives to its own workflows, `.node`, `.profile`, `.image`, `.site`,
 * `.params`, and each of the params by its name, before all others.
 */
export function dataOf(facts: Facts): Data {
  const standIns: StandIn[] = [{ path: '.Hardware.Disks', value: CHOSEN, why: 'the disk that choose-disk chooses' }]
  const node = knownNode(facts.node, standIns)
  const hardware = hardwareOf(node, facts)
  const profile = facts.profile ?? sample.profile!
  const image = facts.image ?? sample.image!
  if (!facts.image)
    standIns.push({ path: '.image.url', value: image.url!, why: 'the machine’s profile says which image it gets' })
  const data = {
    device_1: node.bootMac,
    ...Object.fromEntries(node.macs.slice(1, 9).map((mac, index) => [`device_${index + 2}`, mac])),
    Hardware: legacyHardware(node, hardware.spec),
    hardware,
    node,
    profile: { name: profile.name, version: profile.version },
    image,
    site: facts.site,
    params: facts.params,
    ...edgeManager(node, profile, image, facts.site),
    ...facts.params,
  }
  return { data, standIns }
}

function knownNode(node: NodeFacts | null, standIns: StandIn[]): NodeFacts {
  const assumed = sample.node!
  if (!node) {
    standIns.push({ path: '.node', value: assumed.name, why: 'no machine is given: these are a sample’s' })
    return assumed
  }
  const [mac = ''] = node.macs
  const known = {
    bootMac: node.bootMac ?? (mac || null),
    macs: node.macs,
    architecture: node.architecture,
    firmware: node.firmware,
    ip: node.ip,
  }
  const filled = { ...node }
  for (const [name, value] of Object.entries(known)) {
    if (value !== null && value.length > 0) continue
    const stand = assumed[name as keyof typeof known]
    Object.assign(filled, { [name]: stand })
    standIns.push({ path: `.node.${name}`, value: String(stand), why: 'the machine was not seen yet' })
  }
  return { ...filled, bootMac: known.bootMac ?? filled.bootMac }
}

/** The Hardware object by its paths in JSON: the one that was applied, or one of what is known of the machine. */
function hardwareOf(node: NodeFacts, { hardware, site }: Facts): { metadata: Json; spec: Json } {
  const metadata = { name: node.name, namespace: 'eims', labels: node.metadata, annotations: {} }
  const spec = {
    agentID: node.bootMac,
    disks: [{ device: CHOSEN }],
    interfaces: node.macs.map((mac) => interfaceOf(mac, node, site)),
    metadata: { instance: { id: node.uuid ?? node.name, hostname: node.name, operating_system: {} }, facility: {} },
  }
  // the disk is the one that choose-disk chooses, whatever the object said
  return { metadata, spec: { ...spec, ...hardware, disks: spec.disks } }
}

const interfaceOf = (mac: string, { bootMac, ip, name, architecture, firmware }: NodeFacts, site: Facts['site']) => ({
  dhcp: {
    mac,
    hostname: name,
    arch: architecture === 'arm64' ? 'aarch64' : 'x86_64',
    uefi: firmware !== 'bios',
    ...(mac === bootMac && ip ? { ip: { address: ip, family: 4 } } : {}),
    name_servers: [],
    time_servers: site.ntpServers,
  },
  netboot: { allowPXE: true, allowWorkflow: true },
})

/** `.Hardware` of v1alpha1: Go's names of the fields. */
function legacyHardware({ macs, bootMac, ip, name, architecture, firmware }: NodeFacts, spec: Json) {
  const metadata = (spec.metadata ?? {}) as { instance?: { userdata?: unknown; vendordata?: unknown } }
  return {
    Disks: [CHOSEN],
    Interfaces: macs.map((mac) => ({
      DHCP: {
        MAC: mac,
        Hostname: name,
        Arch: architecture === 'arm64' ? 'aarch64' : 'x86_64',
        UEFI: firmware !== 'bios',
        IP: { Address: mac === bootMac ? (ip ?? '') : '', Netmask: '', Gateway: '', Family: 4 },
        NameServers: [],
        TimeServers: [],
      },
      Netboot: { AllowPXE: true, AllowWorkflow: true },
    })),
    UserData: textOf(spec.userData ?? metadata.instance?.userdata),
    VendorData: textOf(spec.vendorData ?? metadata.instance?.vendordata),
    Metadata: JSON.stringify(metadata),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Names of the Edge Infrastructure Manager's workflows (infra-onboarding); text goes in as they quote it, as JSON. */
function edgeManager(
  node: NodeFacts,
  profile: NonNullable<Facts['profile']>,
  image: NonNullable<Facts['image']>,
  { httpProxy, noProxy }: Facts['site'],
) {
  const action = (name: string) => `eims/${name}`
  const isSecure = profile.securityFeature === 'secure-boot-and-full-disk-encryption'
  return {
    DeviceInfoHwMacID: node.bootMac,
    DeviceInfoSecurityFeature: isSecure
      ? 'SECURITY_FEATURE_SECURE_BOOT_AND_FULL_DISK_ENCRYPTION'
      : 'SECURITY_FEATURE_NONE',
    DeviceInfoOSImageURL: image.url ?? '',
    DeviceInfoOsImageSHA256: image.sha256 ?? '',
    DeviceInfoOSImageCompressed: 'true',
    DeviceInfoOSTLSCACert: '',
    DeviceInfoIsStandaloneNode: 'true',
    DeviceInfoUserLVMSize: 0,
    DeviceInfoKernelVersion: '',
    DeviceInfoSkipKernelUpgrade: 'true',
    EnvENProxyHTTP: httpProxy ?? '',
    EnvENProxyHTTPS: httpProxy ?? '',
    EnvENProxyNoProxy: noProxy ?? '',
    CloudInitData: JSON.stringify(profile.cloudConfig || '#cloud-config\n'),
    CustomConfigs: '',
    InstallerScript: JSON.stringify('#!/bin/sh\n'),
    TinkerActionImageSecureBootFlagRead: action('secure-boot-status-flag-read'),
    TinkerActionImageEraseNonRemovableDisk: action('erase_non_removable_disks'),
    TinkerActionImageStreamOSImageToDisk: action('image2disk'),
    TinkerActionImageQemuNbdImage2Disk: action('qemu_nbd_image2disk'),
    TinkerActionImageWriteFile: action('writefile'),
    TinkerActionImageCexec: action('cexec'),
    TinkerActionImageFdeDmv: action('fde_dmv'),
    TinkerActionImageEfibootset: action('efibootset'),
    TinkerActionImageKernelUpgrade: action('kernelupgrd'),
  }
}

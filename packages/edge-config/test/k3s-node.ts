import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fetchDebianTree, fromTree, run } from '@eims/lab'
import { parse, stringify } from 'yaml'
import type { Part } from '../src/index.ts'

// What a node is after its first boot: cloud-init's own code writes the files and makes the script of runcmd, and the
// script is run, in namespaces in which /etc, /var, /run, /opt and /usr/local are folders of a test and no network is.

export type Release = 'bookworm' | 'trixie'

const CACHE = process.env.EIMS_CACHE ?? join(homedir(), '.cache/eims')
const BOUND = ['etc', 'var', 'run', 'opt', 'usr/local']
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** As cloud-init calls its modules; between 22 and 25 their arguments became fewer. */
const DRIVER = `
import inspect, logging, sys, types
logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
from cloudinit import handlers, helpers, user_data, util, version
from cloudinit.config import cc_ca_certs, cc_runcmd, cc_write_files
from cloudinit.config.schema import validate_cloudconfig_schema
from cloudinit.handlers.cloud_config import CloudConfigPartHandler

source = types.SimpleNamespace(get_instance_id=lambda: "i-1")
paths = helpers.Paths({"cloud_dir": "/var/lib/cloud", "run_dir": "/run/cloud-init"}, source)
message = user_data.UserDataProcessor(paths).process(sys.stdin.buffer.read())
parts = [part for part in message.walk() if not user_data.is_skippable(part)]
kinds = [part.get_content_type() for part in parts]
assert kinds == ["text/cloud-config"], kinds
handler = CloudConfigPartHandler(paths)
for kind, payload in (
    (handlers.CONTENT_START, None),
    (kinds[0], util.fully_decoded_payload(parts[0])),
    (handlers.CONTENT_END, None),
):
    handler.handle_part(None, kind, "part-001", payload, None, {})
config = util.load_yaml(open(paths.get_ipath("cloud_config")).read())
validate_cloudconfig_schema(config, strict=True)
distro = types.SimpleNamespace(default_owner="root:root", name="debian")
cloud = types.SimpleNamespace(paths=paths, get_ipath=paths.get_ipath, distro=distro)
for name, module in (("write_files", cc_write_files), ("ca_certs", cc_ca_certs), ("runcmd", cc_runcmd)):
    log = [logging.getLogger()] if len(inspect.signature(module.handle).parameters) == 5 else []
    module.handle(name, config, cloud, *log, [])
if "primary" in config.get("apt", {}):
    from cloudinit.config import cc_apt_configure
    mirrors = cc_apt_configure.find_apt_mirror_info(config["apt"], cloud, arch="amd64")
    with open("/run/mirrors", "w") as file:
        file.write(mirrors["PRIMARY"] + " " + mirrors["SECURITY"])
print(version.version_string())
`

const INSIDE = `set -e
root=$1 tree=$2; shift 2
mount --bind "$tree" /mnt
# where cloud-init before 23 puts certificates
mount -t tmpfs none /usr/share
for folder in ${BOUND.join(' ')}; do mount --bind "$root/$folder" "/$folder"; done
exec "$@"
`

/** Writes down how it was called and with what environment, and K3s's configuration as it was then. */
const STAND_IN = `#!/bin/sh
{ echo "install.sh $*"; env | grep -Ei '^(INSTALL_|K3S_|https?_proxy|no_proxy)' | LC_ALL=C sort; } >>/opt/called
mkdir -p /opt/seen
cp -r /etc/rancher/k3s/. /opt/seen
`

/** What a unit's cloud-config is, when nothing else is in it. */
export const userDataOf = ({ files, runcmd }: Part): string =>
  `#cloud-config\n${stringify({ write_files: files, runcmd }, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`

/** Takes the network away, and puts the node's folders where a node has them. */
export async function inside(root: string, tree: string, command: readonly string[], input = ''): Promise<string> {
  const unshare = ['--mount', '--net', '--propagation', 'private', 'sh', '-c', INSIDE, 'sh', root, tree, ...command]
  return (await run('unshare', unshare, { input })).stdout
}

export const debianTree = (release: Release) =>
  fetchDebianTree({
    cacheDir: CACHE,
    name: `cloud-init-${release}`,
    release,
    packages: ['cloud-init'],
    withDependencies: true,
  })

/** What a node has before its first boot. */
export function makeFolders(root: string, tree: string): void {
  for (const folder of [...BOUND, 'usr/local/bin', 'etc/systemd/system', 'etc/ssl/certs'])
    mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  writeFileSync(join(root, 'etc/ca-certificates.conf'), 'mozilla/any.crt\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
  // Python's requests does not even load without; what its package would put there when it is installed
  const authorities = join(tree, 'usr/share/ca-certificates/mozilla')
  cpSync(join(authorities, readdirSync(authorities)[0]!), join(root, 'etc/ssl/certs/ca-certificates.crt'))
}

/** The release's own Python as a command inside. */
export function pythonOf(tree: string): string[] {
  const python = fromTree('/mnt', 'usr/bin/python3')
  // the tree's loader is asked for where the tree is now
  const [loader] = fromTree(tree, '')
  const home = ['PYTHONHOME=/mnt/usr', 'PYTHONPATH=/mnt/usr/lib/python3/dist-packages']
  return ['env', ...home, loader.replace(tree, '/mnt'), ...python.slice(1)]
}

export interface FirstBoot {
  /** of cloud-init */
  version: string
  /** what was called, and how; '' with a real install.sh */
  called: string
}

/**
 * Boots for the first time with some user-data.
 * @param root  an empty folder, which becomes the node's disk
 * @param real  a folder with K3s's own `install.sh` and `k3s`; without, a stand-in writes down how it was called
 */
export async function firstBoot(root: string, release: Release, userData: string, real?: string): Promise<FirstBoot> {
  const tree = await debianTree(release)
  makeFolders(root, tree)
  if (real) {
    cpSync(join(real, 'install.sh'), join(root, 'opt/install.sh'))
    cpSync(join(real, 'k3s'), join(root, 'usr/local/bin/k3s'))
  } else writeFileSync(join(root, 'opt/install.sh'), STAND_IN)
  writeFileSync(join(root, 'usr/local/bin/systemctl'), '#!/bin/sh\necho "systemctl $*" >>/opt/called\n', {
    mode: 0o755,
  })
  writeFileSync(
    join(root, 'usr/local/bin/update-ca-certificates'),
    '#!/bin/sh\necho update-ca-certificates >>/opt/called\n',
    { mode: 0o755 },
  )
  const version = await inside(root, tree, [...pythonOf(tree), '-c', DRIVER], userData)
  const script = '/var/lib/cloud/instances/i-1/scripts/runcmd'
  await inside(root, tree, ['env', '-i', `PATH=${PATH}`, 'sh', script])
  return { version: version.trim(), called: readFileSync(join(root, 'opt/called'), 'utf8') }
}

/** What cloud-init of that release makes of a network config for the NICs given: the files that it writes for a renderer. */
export async function networkFiles(
  root: string,
  release: Release,
  network: object,
  { mac, renderer }: { mac: string; renderer: 'eni' | 'netplan' },
): Promise<string> {
  const tree = await debianTree(release)
  makeFolders(root, tree)
  writeFileSync(join(root, 'etc/network.yaml'), stringify(network, { version: '1.1' }))
  const driver = `
from cloudinit.cmd.devel import net_convert
words = ["-p", "/etc/network.yaml", "-k", "yaml", "-d", "/run/made", "-m", "eth0,${mac}", "-O", "${renderer}", "-D", "debian"]
net_convert.handle_args("net-convert", net_convert.get_parser().parse_args(words))
`
  await inside(root, tree, [...pythonOf(tree), '-c', driver])
  const made = readdirSync(join(root, 'run/made'), { recursive: true, withFileTypes: true })
  return made
    .filter((each) => each.isFile())
    .map((each) => readFileSync(join(each.parentPath, each.name), 'utf8'))
    .join('')
}

/** A value as words, as K3s makes them of YAML. */
const wordsOf = (value: unknown): string[] =>
  [value].flat().map((word) => String((word as string | number | boolean | null) ?? ''))

/**
 * What K3s makes of its configuration files, written down anew from its documentation and pkg/configfilearg: config.yaml,
 * then what in config.yaml.d ends in .yaml or .yml by name; a later key replaces, with `+` it appends.
 */
export function merged(folder: string): Record<string, string[]> {
  const isDropIn = (name: string) => /\.ya?ml$/i.test(name)
  const below = join(folder, 'config.yaml.d')
  let names: string[] = []
  try {
    names = readdirSync(below).filter(isDropIn).sort()
  } catch {
    // there is none
  }
  const values: Record<string, string[]> = {}
  for (const path of [join(folder, 'config.yaml'), ...names.map((name) => join(below, name))])
    for (const [key, value] of Object.entries(parse(readFileSync(path, 'utf8'), { version: '1.1' }) as object)) {
      const name = key.replace(/\+$/, '')
      values[name] = key.endsWith('+') ? [...(values[name] ?? []), ...wordsOf(value)] : wordsOf(value)
    }
  return values
}

/** The arguments of a Kubernetes process as K3s hands them on (pkg/util/args.go): by name, in order, one `--` taken away. */
export function argumentsOf(list: readonly string[] = []): Record<string, string[]> {
  const values: Record<string, string[]> = {}
  for (const argument of list) {
    const [, name = '', value = 'true'] = /^(?:--)?([^=]*)(?:=(.*))?$/s.exec(argument) ?? []
    values[name] = [...(values[name] ?? []), value]
  }
  return values
}

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloudInitDocuments } from '@eims/cloud-config'
import t from 'tap'
import { parse } from 'yaml'
import { debianTree, inside, makeFolders, pythonOf, type Release } from './k3s-node.ts'

// What cloud-init of Debian 12 and 13 makes, at the second boot, of the seed that a standalone unit is left with: by its own
// code, from the datasource to the modules, `ssh` among them, in a node's folders. Only devices are not real.

const RELEASES: Release[] = ['bookworm', 'trixie']
const MAC = '52:54:00:00:00:01'

/** this machine's own; the tree's is for cloud-init alone */
const python = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim()
const PATH = `PATH=/usr/local/bin:${process.env.PATH}`

const DRIVER = `
import json, logging, sys
logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
from cloudinit import sources, stages, util
from cloudinit.config.modules import Modules
from cloudinit.distros import networking
from cloudinit.net import eni
from cloudinit.settings import PER_ALWAYS, PER_INSTANCE
from cloudinit.sources import DataSourceNoCloud as nocloud

eni.available = lambda *place: True
nocloud.DataSourceNoCloud._get_devices = lambda self, label: ["/dev/seed"]
util.mount_cb = lambda device, callback, data, **more: callback("/var/seed", data)
networking.LinuxNetworking.wait_for_physdevs = lambda self, config, **more: None
networking.LinuxNetworking.apply_network_config_names = lambda self, config: None

def begun(deps, existing):
    init = stages.Init(ds_deps=deps)
    init.read_cfg()
    init.initialize()
    if existing == "check":
        init.purge_cache()
    init.fetch(existing=existing)
    return init, init.instancify()

try:
    init, iid = begun([sources.DEP_FILESYSTEM], "check")
except sources.DataSourceNotFoundException:
    print(json.dumps({"iid": None, "new": True}))
    sys.exit()
told = {"iid": iid, "new": init.is_new_instance()}
init.apply_network_config(bring_up=False)
init, _ = begun([sources.DEP_FILESYSTEM, sources.DEP_NETWORK], "trust")
init.setup_datasource()
init.update()
ran, _ = init.cloudify().run("consume_data", init.consume_data, args=[PER_INSTANCE], freq=PER_INSTANCE)
if not ran:
    init.consume_data(PER_ALWAYS)
init.activate_datasource()
modules = Modules(init)
sections = ("cloud_init_modules", "cloud_config_modules", "cloud_final_modules")
told["failures"] = [str(error) for section in sections for error in modules.run_section(section)[1]]
print(json.dumps(told))
`

const CLOUD_CFG = `
datasource_list: [NoCloud]
disable_root: false
cloud_init_modules: [bootcmd, write_files, ssh]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts_user]
system_info:
  distro: debian
  network: {renderers: [eni]}
  paths: {cloud_dir: /var/lib/cloud, run_dir: /run/cloud-init}
`

const documents = cloudInitDocuments({
  node: { name: 'pos-17', nics: [{ name: 'eth0', mac: MAC, driver: 'igb', link: true, speed: 1000, boot: true }] },
  instanceId: 'run-1',
  profile: { cloudConfig: '#cloud-config\nruncmd: ["echo Grüße >>/var/ran"]\nbootcmd: ["echo boot >>/var/booted"]\n' },
  site: { httpProxy: null, noProxy: null, ntpServers: [] },
  phoneHome: { urls: ['http://192.0.2.1:7480/'], token: 'one-purpose-token', caPem: null },
  standalone: { unit: null },
})
const [ourCommand = ''] = (parse(documents.userData, { version: '1.1' }) as { bootcmd: string[] }).bootcmd
const [, finish = ''] = /FINISH = r"""([\s\S]*?)"""/.exec(ourCommand) ?? []

for (const release of RELEASES)
  await t.test(release, async (t) => {
    const tree = await debianTree(release)
    const root = join(t.testdir({}), release)
    mkdirSync(root)
    makeFolders(root, tree)
    const at = (path: string) => join(root, path)
    const put = (path: string, text: string) => {
      mkdirSync(join(at(path), '..'), { recursive: true })
      writeFileSync(at(path), text, { mode: 0o755 })
    }
    const get = (path: string) => readFileSync(at(path), 'utf8')
    put('etc/cloud/cloud.cfg', CLOUD_CFG)
    const fakes = {
      python3: `unset PYTHONHOME PYTHONPATH; exec ${python} "$@"`,
      systemctl: '',
      journalctl: '',
      hostnamectl: '',
      udevadm: '',
      blkid: '[ "$4" = LABEL=K3S-ADDONS ] || echo /var/seed',
      mount: 'rmdir "$4" && ln -s /var/seed "$4"',
      umount: 'rm "$1" && mkdir "$1"',
    }
    for (const [name, does] of Object.entries(fakes)) put(`usr/local/bin/${name}`, `#!/bin/sh\n${does}\n`)
    const seed = (files: Record<string, string>) => {
      rmSync(at('var/seed'), { recursive: true, force: true })
      for (const [name, text] of Object.entries(files)) if (text) put(`var/seed/${name}`, text)
    }
    const boot = async () => {
      for (const name of readdirSync(at('run'))) rmSync(at(`run/${name}`), { recursive: true })
      mkdirSync(at('run/systemd/system'), { recursive: true })
      return JSON.parse(
        (await inside(root, tree, ['env', PATH, ...pythonOf(tree), '-c', DRIVER])).trim().split('\n').at(-1)!,
      ) as {
        iid: string | null
        new: boolean
        failures?: string[]
      }
    }
    const self = () => ({
      hostKeys: readdirSync(at('etc/ssh'))
        .filter((name) => name.startsWith('ssh_host_'))
        .map((name) => get(`etc/ssh/${name}`)),
      network: get('etc/network/interfaces.d/50-cloud-init'),
      ran: get('var/ran'),
    })
    const { metaData, userData, vendorData, networkConfig } = documents
    const whole = {
      'meta-data': metaData,
      'user-data': userData,
      'vendor-data': vendorData,
      'network-config': networkConfig,
    }
    seed(whole)
    t.match(await boot(), { iid: 'run-1', new: true, failures: [] })
    const before = self()
    t.ok(before.hostKeys.length > 1, 'it has host keys')
    t.equal(before.ran, 'Grüße\n')
    t.match(get('run/systemd/system/site-phone-home.service'), /first-boot.py report/)

    put('var/lib/eims/first-boot.json', '{"instanceId":"run-1","phase":"leaving"}')
    await inside(root, tree, ['env', PATH, 'python3', '/run/eims/first-boot.py', 'report'])
    t.equal(get('var/seed/user-data'), '#cloud-config\n')
    t.equal(get('var/seed/vendor-data'), vendorData)
    const left = readdirSync(at('var'), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    t.strictSame(
      left.filter((each) => /eims|one-purpose/.test(readFileSync(join(each.parentPath, each.name), 'latin1'))),
      [],
      'below /var nothing speaks of us, cloud-init’s own files included',
    )

    for (const name of ['the second', 'the third']) {
      t.strictSame(await boot(), { iid: 'run-1', new: false, failures: [] }, `${name} boot is of the same instance`)
      t.strictSame(self(), before, `${name} boot: the same host keys and network, and runcmd is not run again`)
    }
    t.equal(get('var/booted'), 'boot\nboot\nboot\n', 'the profile’s own bootcmd is run at each boot')

    const empty = { ...whole, 'user-data': '#cloud-config\n' }
    await t.test('which remainder is needed', async (t) => {
      const table: [string, Record<string, string>, object][] = [
        ['no meta-data: no datasource, so another instance', { ...empty, 'meta-data': '' }, { iid: null }],
        ['no user-data: no datasource either', { ...empty, 'user-data': '' }, { iid: null }],
        ['no network-config', { ...empty, 'network-config': '' }, { iid: 'run-1', new: false }],
        ['no name', { ...empty, 'meta-data': 'instance-id: run-1\n' }, { iid: 'run-1', new: false }],
        [
          'cut while it is emptied: one sector that counts, in front of the rest of our own',
          { ...empty, 'user-data': finish.padEnd(512, '\n') + userData.slice(512) },
          { iid: 'run-1', new: false, failures: [] },
        ],
      ]
      for (const [name, files, told] of table) {
        seed(files)
        t.match(await boot(), told, name)
      }
      t.strictSame(self(), before, 'the same host keys and network')
      t.match(get('var/lib/cloud/instances/run-1/cloud-config.txt'), /mount UUID=/)
      t.notMatch(get('var/lib/cloud/instances/run-1/cloud-config.txt'), /first-boot/)
    })

    await t.test('an image that sets its network up at each boot needs the network-config', async (t) => {
      put('etc/cloud/cloud.cfg.d/each-boot.cfg', 'updates: {network: {when: [boot]}}\n')
      for (const [files, same] of [
        [empty, true],
        [{ ...empty, 'network-config': '' }, false],
      ] as const) {
        seed(files)
        await boot()
        t.equal(self().network === before.network, same)
      }
    })
  })

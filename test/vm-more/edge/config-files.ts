/*
 * Config-files as standalone edge nodes are sold with: the example of the design proposal for them, and the Edge
 * Manageability Framework's three default cluster templates; in their shapes, with what is odd in them, and our values.
 */

/** A file that a config-file puts onto its unit, as it must be there. */
export interface PlacedFile {
  path: string
  content: string
  /** octal */
  permissions: string
}

/** What a unit becomes by its config-file. */
export interface Expected {
  config: string
  user: string
  files: PlacedFile[]
  /** of install.sh's environment, the proxies left out */
  install: Record<string, string>
  /** as K3s merges its configuration, of each key its values */
  k3s: Record<string, string[]>
  /** SHA-256 of what must lie ready for K3s to install, beside what the image has */
  given: Record<string, string | RegExp>
}

const SUITES = 'TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'
const INSTALL = { INSTALL_K3S_EXEC: 'server', INSTALL_K3S_SKIP_DOWNLOAD: 'true' }

export const PASSWORD = 'edge-on-site'
export const PROXY = 'http://proxy.example.com:3128'
/** where commands before and after K3s's installation note what they see */
export const ORDER = '/var/lib/site-order'

const before = `if [ -e /etc/systemd/system/k3s.service ]; then echo late; else echo before; fi >${ORDER}`
const after = (text: string) => `if [ -e /etc/systemd/system/k3s.service ]; then echo "${text}"; fi >>${ORDER}`

const systemOf = (userName: string, sshKey: string) => `version: 1.0
operatingSystem:
  users:
    - username: ${userName}
      password: ${Buffer.from(`${PASSWORD}\n`).toString('base64')}
  proxy:
    httpProxy: ${PROXY}
    httpsProxy: ${PROXY}
    noProxy: localhost,127.0.0.1,192.168.0.0/16,.example.com
  sshKey: ${sshKey}
`

/** As the proposal has it: files is no list, quotes have a backslash, and a quoted command goes on in the first column. */
export const proposal = (sshKey: string): Expected => ({
  config: `---
${systemOf('root', sshKey)}kubernetes: 
  kind: "KThreesControlPlaneTemplate"
  apiVersion: "controlplane.cluster.x-k8s.io/v1beta2"
  spec: 
    template: 
      spec: 
        # not updatable
        version: "v1.33.0+k3s1"
        files:
          path: "/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl"
          content: |
            {{ template \\"base\\" . }}

            [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'own']
              runtime_type = "io.containerd.runc.v2"
        preK3sCommands: 
            - "mkdir -p /etc/systemd/system/k3s.service.d"
            - "echo '[Service]
EnvironmentFile=/etc/environment' > /etc/systemd/system/k3s.service.d/override.conf"
            - ${JSON.stringify(before)}
        postK3sCommands:
            - ${JSON.stringify(after('after'))}
        agentConfig: 
          kubeletArgs: 
            - "--tls-cipher-suites=${SUITES}"
          # not updatable
          airGapped: true
          airGappedInstallScriptPath: "/opt/install.sh"
        serverConfig: 
          disableComponents: 
            - "cloudController"
          kubeAPIServerArg: 
            - "--tls-cipher-suites=${SUITES}"
          kubeControllerManagerArgs: 
          kubeSchedulerArgs: 
          clusterCidr: "10.52.0.0/16"
          serviceCidr: "10.53.0.0/16"
`,
  user: 'root',
  files: [
    {
      path: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl',
      content: `{{ template "base" . }}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'own']
  runtime_type = "io.containerd.runc.v2"
`,
      permissions: '644',
    },
    {
      path: '/etc/systemd/system/k3s.service.d/override.conf',
      content: '[Service]\nEnvironmentFile=/etc/environment\n',
      permissions: '644',
    },
    { path: ORDER, content: 'before\nafter\n', permissions: '644' },
  ],
  install: INSTALL,
  k3s: {
    'cluster-cidr': ['10.52.0.0/16'],
    'cluster-init': ['true'],
    disable: ['cloudController'],
    'disable-cloud-controller': ['true'],
    'kube-apiserver-arg': [
      `--tls-cipher-suites=${SUITES}`,
      'anonymous-auth=true',
      'tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_RSA_WITH_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_GCM_SHA384',
    ],
    'kubelet-arg': [`--tls-cipher-suites=${SUITES}`],
    'service-cidr': ['10.53.0.0/16'],
  },
  given: {},
})

const BIN = '/var/lib/rancher/k3s/bin'

/** The secret that the templates have their admission's configuration from, each under its level. */
export const ADMISSION = 'pod-security-admission-config'

export const admission = (level: string) => `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults:
        enforce: "${level}"
      exemptions:
        namespaces: [kube-system]
`

const CONTAINERD = `{{ template "base" . }}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sandboxed]
  runtime_type = "io.containerd.sandboxed.v2"
  privileged_without_host_devices = true
  pod_annotations = ["io.example.*"]

[plugins."io.containerd.nri.v1.nri"]
  disable = false`

const filesOf = (level: string): PlacedFile[] => [
  { path: '/var/lib/rancher/k3s/server/psa.yaml', content: admission(level), permissions: '644' },
  {
    path: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl',
    content: CONTAINERD,
    permissions: '644',
  },
  {
    path: '/etc/rancher/k3s/config.yaml.d/kube-apiserver-arg.yaml',
    content: `kube-apiserver-arg:\n- tls-cipher-suites=${SUITES}\n- anonymous-auth=false`,
    permissions: '644',
  },
  {
    path: '/etc/rancher/k3s/config.yaml.d/etcd-arg.yaml',
    content: `etcd-arg:\n- cipher-suites=[${SUITES}]`,
    permissions: '644',
  },
  {
    path: '/etc/environment.d/50-k3s.conf',
    content: `PATH="${BIN}:$PATH"\nKUBECONFIG="/etc/rancher/k3s/k3s.yaml"`,
    permissions: '600',
  },
]

/**
 * One file of it is of the secret `ADMISSION`.
 * @param level of Pod Security: baseline, privileged or restricted
 */
export const emfTemplate = (level: string, sshKey: string): Expected => ({
  config: `${systemOf('edge', sshKey)}kubernetes: ${JSON.stringify({
    name: `${level}-k3s`,
    version: 'v1.2.3',
    kubernetesVersion: 'v1.33.5+k3s1',
    description: `Pods as ${level} allows`,
    controlplaneprovidertype: 'k3s',
    infraprovidertype: 'intel',
    clusterconfiguration: {
      kind: 'KThreesControlPlaneTemplate',
      apiVersion: 'controlplane.cluster.x-k8s.io/v1beta2',
      metadata: { labels: { pinned: 'true' } },
      spec: {
        template: {
          spec: {
            kthreesConfigSpec: {
              files: filesOf(level).map(({ path, content, permissions }) => ({
                path,
                ...(content === admission(level)
                  ? { contentFrom: { secret: { name: ADMISSION, key: `${level}.yaml` } } }
                  : { content: content === CONTAINERD ? content.replaceAll('"', String.raw`\"`) : content }),
                ...(permissions === '644' ? {} : { permissions: `0${permissions}` }),
              })),
              agentConfig: {
                airGapped: true,
                kubeletArgs: ['--max-pods=200', `--tls-cipher-suites=${SUITES}`],
              },
              preK3sCommands: [
                'mkdir -p /etc/systemd/system/k3s-server.service.d',
                "echo '[Service]\nEnvironmentFile=/etc/environment' > /etc/systemd/system/k3s-server.service.d/override.conf",
                `mkdir -p ${BIN}`,
                `export INSTALL_K3S_BIN_DIR=${BIN}`,
                // cannot be where /usr is only read, and what comes behind it is done all the same
                `ln -sf ${BIN}/k3s /usr/local/bin/kubectl`,
                before,
              ],
              postK3sCommands: [after('after, of $INSTALL_K3S_BIN_DIR')],
              serverConfig: {
                kubeApiServerArg: ['--admission-control-config-file=/var/lib/rancher/k3s/server/psa.yaml'],
                kubeControllerManagerArgs: [],
                kubeSchedulerArgs: [],
                disableCloudController: false,
                disableComponents: ['metrics-server', 'traefik', 'etcd-proxy', 'servicelb'],
              },
              version: 'v1.33.5+k3s1',
            },
          },
        },
      },
    },
    clusterNetwork: { pods: { cidrBlocks: ['10.45.0.0/16'] }, services: { cidrBlocks: ['10.46.0.0/16'] } },
    'cluster-labels': {},
  })}\n`,
  user: 'edge',
  files: [
    ...filesOf(level),
    {
      path: '/etc/systemd/system/k3s-server.service.d/override.conf',
      content: '[Service]\nEnvironmentFile=/etc/environment\n',
      permissions: '644',
    },
    { path: ORDER, content: `before\nafter, of ${BIN}\n`, permissions: '644' },
  ],
  install: { ...INSTALL, INSTALL_K3S_BIN_DIR: BIN },
  k3s: {
    'cluster-cidr': ['10.45.0.0/16'],
    'cluster-init': ['true'],
    disable: ['metrics-server', 'traefik', 'etcd-proxy', 'servicelb'],
    // the file of config.yaml.d takes the place of the whole list
    'kube-apiserver-arg': [`tls-cipher-suites=${SUITES}`, 'anonymous-auth=false'],
    'kubelet-arg': ['--max-pods=200', `--tls-cipher-suites=${SUITES}`],
    'service-cidr': ['10.46.0.0/16'],
    'etcd-arg': [`cipher-suites=[${SUITES}]`],
  },
  given: {},
})

/** A unit that also runs an installer, knows users of an OIDC issuer, and gets addons: their SHA-256, by where K3s finds them. */
export function withAll({ config, files, k3s, ...rest }: Expected, addons: Record<string, string>): Expected {
  const script = `if [ -e ${ORDER} ]; then echo late; else echo first; fi >/var/lib/site-tool`
  const access = {
    oidc: { issuerUrl: 'https://idp.example.com/realms/edge', clientId: 'edge', groupsClaim: 'groups' },
    users: [{ group: 'operators', role: 'edit', namespace: 'apps' }],
  }
  const oidc = ['issuer-url=https://idp.example.com/realms/edge', 'client-id=edge', 'groups-claim=groups']
  return {
    ...rest,
    config: config.replace(
      'kubernetes: {',
      `  installer: ${JSON.stringify({ script })}\nkubernetes: {"access":${JSON.stringify(access)},`,
    ),
    files: [...files, { path: '/var/lib/site-tool', content: 'first\n', permissions: '644' }],
    k3s: {
      ...k3s,
      'kube-apiserver-arg': [...k3s['kube-apiserver-arg']!, ...oidc.map((each) => `oidc-${each}`)],
    },
    given: { ...addons, '/var/lib/rancher/k3s/server/manifests/site-access.yaml': /^[0-9a-f]{64}$/ },
  }
}

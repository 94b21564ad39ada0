import type { K3sContext } from '../src/index.ts'

/** The secrets that templates of a level name. */
export const context: K3sContext = {
  resolve: (name, key) =>
    name === 'admission' && /^(?:baseline|privileged|restricted)\.yaml$/.test(key)
      ? `kind: AdmissionConfiguration\nenforce: ${key.split('.')[0]}\n`
      : null,
  imageVersion: 'v1.33.5+k3s1',
}

const SUITES = 'TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'

/** As K3s's containerd template must be for Go; in a published template each quote has a backslash. */
export const CONTAINERD = `{{ template "base" . }}

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.sandboxed]
  runtime_type = "io.containerd.sandboxed.v2"
  pod_annotations = ["example.org.*"]`

/** A cluster template in the form of EMF's default ones, with all that is odd in them. */
export const emfTemplate = (level: string) => ({
  name: `${level}-site`,
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
            files: [
              {
                path: '/var/lib/rancher/k3s/server/admission.yaml',
                contentFrom: { secret: { name: 'admission', key: `${level}.yaml` } },
              },
              {
                path: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml.tmpl',
                content: CONTAINERD.replaceAll('"', String.raw`\"`),
              },
              {
                path: '/etc/rancher/k3s/config.yaml.d/api.yaml',
                content: `kube-apiserver-arg:\n- tls-cipher-suites=${SUITES}\n- anonymous-auth=false`,
              },
              { path: '/etc/rancher/k3s/config.yaml.d/etcd.yaml', content: `etcd-arg:\n- cipher-suites=[${SUITES}]` },
              { path: '/etc/environment.d/50-k3s.conf', content: 'PATH="/opt/k3s:$PATH"', permissions: '0600' },
            ],
            agentConfig: { airGapped: true, kubeletArgs: ['--max-pods=200', `--tls-cipher-suites=${SUITES}`] },
            preK3sCommands: [
              'mkdir -p /etc/systemd/system/k3s.service.d',
              "echo '[Service]\nEnvironmentFile=/etc/environment' > /etc/systemd/system/k3s.service.d/override.conf",
              'export INSTALL_K3S_BIN_DIR=/var/lib/bin',
            ],
            postK3sCommands: ['echo "after, of $INSTALL_K3S_BIN_DIR" >>/opt/called'],
            serverConfig: {
              kubeApiServerArg: ['--admission-control-config-file=/var/lib/rancher/k3s/server/admission.yaml'],
              kubeControllerManagerArgs: [],
              kubeSchedulerArgs: [],
              disableCloudController: false,
              disableComponents: ['traefik', 'etcd-proxy'],
            },
            version: 'v1.33.5+k3s1',
          },
        },
      },
    },
  },
  clusterNetwork: { pods: { cidrBlocks: ['10.45.0.0/16'] }, services: { cidrBlocks: ['10.46.0.0/16'] } },
  'cluster-labels': {},
})

/** The design proposal's example in its form: one file that is no list, a quoted command that goes on in the first column. */
export const PROPOSAL = `kind: "KThreesControlPlaneTemplate"
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
      agentConfig:
        kubeletArgs:
          - "--tls-cipher-suites=${SUITES}"
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
`

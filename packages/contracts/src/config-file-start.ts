/** A config-file to begin with: all keys as comments. `schema`: where editors find its schema; null: they know it */
export const configStart = (schema: string | null): string => `${
  schema === null ? '' : `# yaml-language-server: $schema=${schema}\n`
}# What each field means and may be: docs/config-file.md. Check it with: eims config validate FILE
version: 1.0
operatingSystem:
  # password: base64 of it (echo PASSWORD | base64); or plainPassword, or passwordHash (mkpasswd -m yescrypt)
  # users:
  #   - username: root
  #     password:
  # a public key with which every user may log in
  # sshKey:
  # proxy:
  #   httpProxy: http://proxy.example.com:3128
  #   httpsProxy: http://proxy.example.com:3128
  #   noProxy: .example.com,10.0.0.0/8
  # a static address, in the config-file of one node
  # network:
  #   address: 192.168.1.24/24
  #   gateway: 192.168.1.1
  #   dnsServers: [192.168.1.1]
  # aptMirror: http://mirror.example.com/debian
  # ntpServers: [pool.ntp.org]
  # services:
  #   enable: [docker]
  #   disable: [apache2]
  # hugePages:
  #   count: 1024
  #   size: 2M
  # files:
  #   - path: /etc/motd
  #     permissions: "0644"
  #     content: |
  #       Hello
  # a mutable OS runs it once, when the network is up
  # installer:
  #   script: apt-get install -y intel-gpu-tools
  #   timeoutMinutes: 20
  # commands:
  #   before: []
  #   after:
  #     - timedatectl set-timezone Etc/UTC
# the cluster that the unit is a node of: K3s as the image has it; kubernetes: none for none
# kubernetes:
#   kind: KThreesControlPlaneTemplate
#   apiVersion: controlplane.cluster.x-k8s.io/v1beta2
#   spec:
`

const IMAGE = 'http://images.example/debian-13.raw.gz'

/**
 * A template as publishers write them: an image, a file, a restart.
 * @param more.url      of the image
 * @param more.sha256   of its file; left out: the template has none
 * @param more.ca       TLS_CA_CERT
 * @param more.path     of the file that is written
 * @param more.contents of it, a template
 */
export const aTemplate = (
  name = 'debian',
  {
    url = IMAGE,
    sha256,
    ca,
    path = '/etc/rack',
    contents = '{{ .node.name }}',
  }: { url?: string; sha256?: string; ca?: string; path?: string; contents?: string } = {},
): string => `version: "0.1"
name: ${name}
global_timeout: 1800
tasks:
  - name: os
    worker: "{{.device_1}}"
    volumes:
      - /dev:/dev
    actions:
      - name: stream image
        image: quay.io/tinkerbell/actions/image2disk:latest
        timeout: 600
        environment:
          DEST_DISK: {{ index .Hardware.Disks 0 }}
          IMG_URL: "${url}"
          COMPRESSED: true
${sha256 ? `          SHA256: ${sha256}\n` : ''}${ca ? `          TLS_CA_CERT: ${ca}\n` : ''}      - name: name the rack
        image: quay.io/tinkerbell/actions/writefile:latest
        timeout: 90
        environment:
          DEST_DISK: {{ formatPartition (index .Hardware.Disks 0) 1 }}
          FS_TYPE: ext4
          DEST_PATH: ${path}
          CONTENTS: "${contents}"
          UID: 0
          GID: 0
          MODE: 0644
          DIRMODE: 0755
      - name: reboot
        image: ghcr.io/jacobweinstock/waitdaemon:latest
        timeout: 90
        command: ["reboot"]
        environment:
          IMAGE: alpine
          WAIT_SECONDS: 5
`

/**
 * A template that unpacks a tar archive into the first partition.
 * @param checksum SHA-256 of its file
 */
export const anArchiveTemplate = (url: string, checksum: string): string => `version: "0.1"
name: rootfs
global_timeout: 1800
tasks:
  - name: os
    worker: "{{.device_1}}"
    actions:
      - name: unpack root
        image: quay.io/tinkerbell/actions/archive2disk:latest
        timeout: 600
        environment:
          ARCHIVE_URL: "${url}"
          ARCHIVE_TYPE: targz
          TARFILE_CHECKSUM: sha256:${checksum}
          DEST_DISK: {{ formatPartition (index .Hardware.Disks 0) 1 }}
          FS_TYPE: ext4
          DEST_PATH: /
      - name: reboot
        image: ghcr.io/jacobweinstock/waitdaemon:latest
        timeout: 90
        command: ["reboot"]
        environment: { IMAGE: alpine }
`

/** Templates to start from, by the word that is in the address. */
export const starts = {
  /** what the built-in plan does, as a template */
  image: `version: "0.1"
name: image
global_timeout: 7200
tasks:
  - name: os
    worker: "{{ .device_1 }}"
    actions:
      # The profile's image; or write the URL of another one, with its SHA256.
      - name: write the image
        image: quay.io/tinkerbell/actions/image2disk
        timeout: 3600
        environment:
          IMG_URL: "{{ .image.url }}"
          DEST_DISK: "{{ index .Hardware.Disks 0 }}"
          COMPRESSED: true
      - name: restart
        image: reboot
        timeout: 90
`,
  file: `version: "0.1"
name: image-and-file
global_timeout: 7200
tasks:
  - name: os
    worker: "{{ .device_1 }}"
    actions:
      - name: write the image
        image: quay.io/tinkerbell/actions/image2disk
        timeout: 3600
        environment:
          IMG_URL: "{{ .image.url }}"
          DEST_DISK: "{{ index .Hardware.Disks 0 }}"
          COMPRESSED: true
      # Into the first partition of the disk: which one holds the root depends on the image.
      - name: name the site
        image: quay.io/tinkerbell/actions/writefile
        timeout: 90
        environment:
          DEST_DISK: "{{ formatPartition (index .Hardware.Disks 0) 1 }}"
          FS_TYPE: ext4
          DEST_PATH: /etc/site
          CONTENTS: "{{ .site.name }} {{ .node.serial }}"
          UID: 0
          GID: 0
          MODE: 0644
          DIRMODE: 0755
      - name: restart
        image: reboot
        timeout: 90
`,
  archive: `version: "0.1"
name: archive
global_timeout: 7200
tasks:
  - name: os
    worker: "{{ .device_1 }}"
    actions:
      - name: unpack the root
        image: quay.io/tinkerbell/actions/archive2disk
        timeout: 1800
        environment:
          # The checksum says which file it is: without one the server does not fetch it.
          ARCHIVE_URL: https://images.example.com/rootfs.tar.gz
          ARCHIVE_TYPE: targz
          TARFILE_CHECKSUM: sha256:0000000000000000000000000000000000000000000000000000000000000000
          DEST_DISK: "{{ formatPartition (index .Hardware.Disks 0) 1 }}"
          FS_TYPE: ext4
          DEST_PATH: /
      - name: restart
        image: reboot
        timeout: 90
`,
} as const

export type Start = keyof typeof starts

export const isStart = (word: string): word is Start => word in starts

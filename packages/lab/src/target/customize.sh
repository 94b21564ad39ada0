#!/bin/sh
# mmdebstrap's customize hook for the target operating system: $1 is the tree.
# Leaves /boot/eims-grub/{boot.img,core.img,BOOTX64.EFI} for the disk builder, which takes them out again.
set -eu
tree=$1

put() { # put FILE: standard input becomes FILE in the tree
  mkdir -p "$tree/$(dirname "$1")"
  cat > "$tree/$1"
}

put etc/fstab <<'END'
LABEL=eims-target / ext4 errors=remount-ro 0 1
END
put etc/hosts <<'END'
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
END
echo target > "$tree/etc/hostname"

# a machine-id and host keys are the machine's own, never the image's
: > "$tree/etc/machine-id"
rm -f "$tree/var/lib/dbus/machine-id" "$tree"/etc/ssh/ssh_host_*

# the image has no other locale, and a new RSA key takes an emulated CPU half a minute
echo LANG=C.UTF-8 > "$tree/etc/default/locale"
put etc/cloud/cloud.cfg.d/90_eims.cfg <<'END'
datasource_list: [NoCloud, None]
locale: C.UTF-8
ssh_genkeytypes: [ed25519, ecdsa]
system_info:
  network:
    renderers: [netplan]
END

chroot "$tree" systemctl --quiet enable systemd-networkd.service
# nothing that would run behind a test's back
chroot "$tree" systemctl --quiet disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer

put boot/grub/grub.cfg <<'END'
linux /vmlinuz root=LABEL=eims-target ro console=tty0 console=ttyS0,115200 mitigations=off no_timer_check
initrd /initrd.img
boot
END
put boot/eims-grub/embedded.cfg <<'END'
search --no-floppy --label eims-target --set=root
set prefix=($root)/boot/grub
END
modules='normal search search_label part_gpt ext2 linux'
chroot "$tree" grub-mkimage -O i386-pc -p /boot/grub -c /boot/eims-grub/embedded.cfg \
  -o /boot/eims-grub/core.img $modules biosdisk
chroot "$tree" grub-mkimage -O x86_64-efi -p /boot/grub -c /boot/eims-grub/embedded.cfg \
  -o /boot/eims-grub/BOOTX64.EFI $modules
cp "$tree/usr/lib/grub/i386-pc/boot.img" "$tree/boot/eims-grub/boot.img"
chroot "$tree" apt-get -y -q purge --autoremove grub-pc-bin grub-efi-amd64-bin grub-common > /dev/null

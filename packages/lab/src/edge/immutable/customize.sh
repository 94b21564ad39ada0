#!/bin/sh
# mmdebstrap's customize hook for the immutable operating system: $1 is the tree.
# Leaves /boot/esp for the disk builder, which takes it out: what goes onto the EFI system partition.
set -eu
tree=$1

esp=$tree/boot/esp
mkdir -p "$esp/EFI/BOOT"
chroot "$tree" grub-mkimage -O x86_64-efi -p /grub -o /boot/esp/EFI/BOOT/BOOTX64.EFI normal part_gpt fat linux
# names, locale, cloud-init, timers: as the mutable one has them; it takes GRUB's tools away as well
"$(dirname "$0")/../../target/customize.sh" "$tree"
rm -r "$tree/boot/eims-grub" "$tree/boot/grub"
mv "$tree"/boot/vmlinuz-* "$esp/vmlinuz"
mv "$tree"/boot/initrd.img-* "$esp/initrd.img"
rm -f "$tree"/vmlinuz* "$tree"/initrd.img*

cat > "$tree/etc/fstab" <<'END'
/dev/mapper/root / ext4 ro 0 0
tmpfs /tmp tmpfs mode=1777,nosuid,nodev 0 0
END
# nothing of the root can grow
cat > "$tree/etc/cloud/cloud.cfg.d/95_immutable.cfg" <<'END'
growpart: {mode: "off"}
resize_rootfs: false
END
mv "$tree/home" "$tree/var/home"
ln -s var/home "$tree/home"
mv "$tree/root" "$tree/var/roothome"
ln -s var/roothome "$tree/root"
echo immutable > "$tree/etc/eims-image"
echo IMAGE_ID=eims-immutable >> "$tree/usr/lib/os-release"

/**
 * What copies addons to where K3s looks for them, as one item of `runcmd`, in a shell of its own: what it sets and where it ends
 * is nobody else's. On immutable images /var is there only by now.
 *
 * Space and checksums are looked at before the first byte of ours is where K3s could take it: files come under names that K3s
 * does not read, and get their own when all of them are whole and on the disk, archives of images first. What an earlier
 * try left goes before. A sentence in /run/eims/faults makes the first boot's report FAILED (packages/cloud-config).
 *
 * K3s makes the name of an object of a manifest's name, so all have `site-addons` and their set's in front.
 */
const SCRIPT = `set -u
here=/run/eims/addons
fail() {
  mkdir -p /run/eims
  printf 'addons: %s\\n' "$1" >>/run/eims/faults
  printf 'eims: addons: %s\\n' "$1" >&2
  [ -z "\${manifests:-}" ] || rm -f "$images"/.site-addons-*.part "$manifests"/.site-addons-*.part
  # a loop may have a file of it open
  umount -l "$here" 2>/dev/null
  exit 1
}
room() {
  df -Pk "$1" | {
    read -r _
    read -r _ _ _ free _
    printf '%s' "$free"
  }
}
mkdir -p "$here"
mount -t ext4 -o ro,nodev,nosuid,noexec LABEL=K3S-ADDONS "$here" ||
  fail 'the partition K3S-ADDONS is missing or cannot be mounted; image the machine again'
need=0
for set in $sets; do
  [ -s "$here/$set/SHA256SUMS" ] || fail "the set $set is not on the partition K3S-ADDONS; image the machine again"
  size=$(du -sk "$here/$set") || fail "the set $set cannot be read from the partition K3S-ADDONS"
  need=$((need + \${size%%[!0-9]*}))
done
umask 022
mkdir -p "$data/agent/images" || fail "the folder $data/agent/images cannot be made"
umask 077
mkdir -p "$data/server/manifests" || fail "the folder $data/server/manifests cannot be made"
images=$data/agent/images
manifests=$data/server/manifests
rm -f "$images"/site-addons-* "$images"/.site-addons-*.part "$manifests"/site-addons-* "$manifests"/.site-addons-*.part
for folder in "$images" "$manifests"; do
  free=$(room "$folder")
  [ "$free" -ge "$need" ] ||
    fail "$folder has room for $((free / 1024)) MiB, and the addons take $((need / 1024 + 1)) MiB; take a larger disk or fewer addons"
done
each() {
  for set in $sets; do
    while read -r sum file; do
      case $file in
        images/*) to=$images ;;
        manifests/*) to=$manifests ;;
        *) fail "the set $set holds $file, which is no file of addons" ;;
      esac
      name=site-addons-$set-\${file##*/}
      "$1"
    done <"$here/$set/SHA256SUMS"
  done
}
bring() {
  cp "$here/$set/$file" "$to/.$name.part" || fail "$file of the set $set cannot be copied to $to"
  [ "$(sha256sum <"$to/.$name.part")" = "$sum  -" ] ||
    fail "$file of the set $set is damaged: its SHA-256 is not the one that it was stored with"
}
archives() { [ "$to" = "$manifests" ] || mv "$to/.$name.part" "$to/$name" || fail "$to/$name cannot be written"; }
rest() { [ "$to" = "$images" ] || mv "$to/.$name.part" "$to/$name" || fail "$to/$name cannot be written"; }
each bring
sync
each archives
each rest
sync
umount "$here"
`

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * PURE: the item of `runcmd` that brings a unit its addons, before K3s is started.
 * @param sets names of sets, which hold no character that a shell knows
 * @param dataDir of K3s, an absolute path
 */
export const addonsCommand = (sets: readonly string[], dataDir: string): string =>
  `(\nsets=${quoted(sets.join(' '))}\ndata=${quoted(dataDir)}\n${SCRIPT})`

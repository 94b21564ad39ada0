#!/bin/sh
# Runs a command on one LAN while a machine is on another, behind a real relay agent (dnsmasq --dhcp-relay).
#
#   namespace "house":   bench 192.168.77.1                       (descriptors 20 and 21: bound to bench, 67 and 4011)
#   namespace "router":  uplink 192.168.77.3, far 10.1.2.3        (the relay)
#   namespace "street":  machine, without an address              (22: bound to machine, 68)
#
# Call it in a namespace of its own (unshare --net); that one becomes the house.
set -eu
ip link set lo up
unshare --net sleep 60 >/dev/null &
router=$!
unshare --net sleep 60 >/dev/null &
street=$!
relay=
trap 'kill $router $street $relay 2>/dev/null || :' EXIT
for one in $router $street; do
  while [ "$(readlink /proc/$one/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
done
in_router() { nsenter --target $router --net "$@"; }
in_street() { nsenter --target $street --net "$@"; }

ip link add bench type veth peer name uplink netns $router
ip addr add 192.168.77.1/24 dev bench
ip link set bench up
in_router ip addr add 192.168.77.3/24 dev uplink
in_router ip link set uplink up
in_router ip link add far type veth peer name machine netns $street
in_router ip addr add 10.1.2.3/24 dev far
in_router ip link set far up
in_street ip link set machine up
ip route add 10.1.2.0/24 via 192.168.77.3
# without an address a broadcast needs a route
in_street ip route add default dev machine

# A new link swallows packets until the kernel has noticed its carrier, up to a second later.
for where in '' in_router in_street; do
  while $where ip -o link show | grep -v ' lo:' | grep -qv 'state UP'; do sleep 0.02; done
done

in_router dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --port=0 --log-facility=- \
  --dhcp-relay=10.1.2.3,192.168.77.1 2>/dev/null &
relay=$!
until in_router ss -lun | grep -q ':67 '; do
  kill -0 $relay || { echo 'the relay did not start' >&2; exit 1; }
  sleep 0.05
done

# device port descriptor …, then the command
open='use Socket; use POSIX ();
while (($device, $port, $fd) = splice @ARGV, 0, 3) {
  last if $device eq "--" and unshift @ARGV, $port, $fd;
  socket(my $s, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($s, SOL_SOCKET, 25, "$device\0") or die "SO_BINDTODEVICE $device: $!";
  bind($s, sockaddr_in($port, INADDR_ANY)) or die "bind $port: $!";
  POSIX::dup2(fileno $s, $fd) or die "dup2: $!";
  push @keep, $s;
}
exec @ARGV or die "exec: $!";'
in_street perl -e "$open" machine 68 22 -- \
  nsenter --target $$ --net perl -e "$open" bench 67 20 bench 4011 21 -- "$@"

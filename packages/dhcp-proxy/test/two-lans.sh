#!/bin/sh
# Runs a command between two LANs: it has the server's sockets and the sockets of a machine on each LAN.
#
#   namespace "house":  bench 192.168.77.1, office 192.168.88.1          (descriptors 20 and 21: bound to bench, 67 and 4011)
#   namespace "street": machine 192.168.77.100, desk 192.168.88.100      (22 and 23: bound to machine, 68 and 4011; 24: desk, 68)
#
# Call it in a namespace of its own (unshare --net); that one becomes the house.
set -eu
ip link set lo up
unshare --net sleep 60 >/dev/null &
street=$!
trap 'kill $street 2>/dev/null || :' EXIT
while [ "$(readlink /proc/$street/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done

in_street() { nsenter --target $street --net "$@"; }
lan() { # server's device, machine's device, network
  ip link add "$1" type veth peer name "$2" netns $street
  ip addr add "$3.1/24" dev "$1"
  ip link set "$1" up
  in_street ip addr add "$3.100/24" dev "$2"
  in_street ip link set "$2" up
}
lan bench machine 192.168.77
lan office desk 192.168.88

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
house=$$
in_street perl -e "$open" machine 68 22 machine 4011 23 desk 68 24 -- \
  nsenter --target $house --net perl -e "$open" bench 67 20 bench 4011 21 -- "$@"

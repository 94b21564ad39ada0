#!/usr/bin/perl
# Sends DHCP packets into the LAN of one interface and prints what comes back, for Node has no device-bound sockets:
# reads one packet a line from standard input (hexadecimal), broadcasts each from port 68 to port 67, and for SECONDS
# prints a line `ADDRESS HEX` for every datagram that arrives on port 68.
# SO_REUSEADDR: this machine may have a DHCP client of its own on that port.
#   usage: probe.pl INTERFACE SECONDS
use strict;
use warnings;
use Socket qw(:all);

use constant SO_BINDTODEVICE => 25;    # asm-generic/socket.h; Socket.pm has no name for it
use constant MOST => 200;              # datagrams; a flood must not keep us here

my ($interface, $seconds) = @ARGV;
sub refuse { print STDERR "$_[0]\n"; exit 1 }

$| = 1;
socket(my $socket, AF_INET, SOCK_DGRAM, 0) or refuse("cannot make a socket: $!");
setsockopt($socket, SOL_SOCKET, SO_BINDTODEVICE, pack('Z*', $interface)) or refuse("cannot bind to $interface: $!");
setsockopt($socket, SOL_SOCKET, SO_BROADCAST, 1) or refuse("cannot broadcast: $!");
setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
bind($socket, pack_sockaddr_in(68, INADDR_ANY)) or refuse("cannot open UDP port 68 on $interface: $!");

while (my $line = <STDIN>) {
    chomp $line;
    defined send($socket, pack('H*', $line), 0, pack_sockaddr_in(67, INADDR_BROADCAST)) or refuse("cannot send on $interface: $!");
}
my ($left, $count) = ($seconds, 0);
while ($count < MOST && $left > 0) {
    vec(my $ready = '', fileno($socket), 1) = 1;
    (my $some, $left) = select($ready, undef, undef, $left);    # Linux says what is left
    next unless $some > 0;
    my $from = recv($socket, my $bytes, 9216, 0) or next;
    my (undef, $address) = unpack_sockaddr_in($from);
    printf "%s %s\n", inet_ntoa($address), unpack('H*', $bytes);
    $count++;
}

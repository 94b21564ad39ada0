#!/usr/bin/perl
# Asks the LAN of one interface who has an address, by an ARP probe (RFC 5227 section 2.1.1: the sender's own address is
# 0.0.0.0, so nobody notes it down), and prints the MAC of everybody who answers within SECONDS, a line each.
#   usage: arp-probe.pl INTERFACE ADDRESS SECONDS
use strict;
use warnings;
use Socket qw(SOCK_DGRAM inet_aton);

use constant AF_PACKET => 17;          # bits/socket.h; Socket.pm has no name for it
use constant { ARP => 0x0806, REQUEST => 1, REPLY => 2 };
use constant MOST => 200;              # answers; a flood must not keep us here

my ($interface, $address, $seconds) = @ARGV;
sub refuse { print STDERR "$_[0]\n"; exit 1 }
sub of_kernel { open(my $file, '<', "/sys/class/net/$interface/$_[0]") or refuse("$interface: $!"); chomp(my $line = <$file>); $line }

my ($index, $mac) = (of_kernel('ifindex'), pack('H*', of_kernel('address') =~ tr/://dr));
# struct sockaddr_ll: family, protocol, interface, hardware type, packet type, length, address
my $everybody = pack('S n i S C C a8', AF_PACKET, ARP, $index, 0, 0, 6, "\xff" x 6);
socket(my $socket, AF_PACKET, SOCK_DGRAM, unpack('S', pack('n', ARP))) or refuse("cannot make a socket: $!");
bind($socket, $everybody) or refuse("cannot bind to $interface: $!");
my $wanted = inet_aton($address) or refuse("$address is no address");
defined send($socket, pack('n n C C n a6 a4 a6 a4', 1, 0x0800, 6, 4, REQUEST, $mac, "\0" x 4, "\0" x 6, $wanted), 0, $everybody)
    or refuse("cannot send on $interface: $!");

my ($left, $count) = ($seconds, 0);
while ($count < MOST && $left > 0) {
    vec(my $ready = '', fileno($socket), 1) = 1;
    (my $some, $left) = select($ready, undef, undef, $left);    # Linux says what is left
    next unless $some > 0;
    my $packet = '';
    defined recv($socket, $packet, 1500, 0) and length $packet >= 28 or next;
    my (undef, undef, undef, undef, $operation, $theirs, $who) = unpack('n n C C n a6 a4', $packet);
    next unless $operation == REPLY && $who eq $wanted;
    printf "%s\n", join(':', unpack('(H2)6', $theirs));
    $count++;
}

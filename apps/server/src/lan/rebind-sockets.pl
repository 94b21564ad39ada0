#!/usr/bin/perl
# Binds sockets, given as descriptors from 3 on, to the device that has the name of an interface now (SO_BINDTODEVICE).
# They are shared with who gave them. Ends with 3 when there is no such interface; anything else is a sentence and 1.
#   usage: rebind-sockets.pl INTERFACE COUNT
use strict;
use warnings;
use Socket qw(SOL_SOCKET);

use constant SO_BINDTODEVICE => 25;    # asm-generic/socket.h; Socket.pm has no name for it

my ($interface, $count) = @ARGV;
for my $descriptor (3 .. 2 + $count) {
    open(my $socket, '+<&=', $descriptor) or do { print STDERR "$!\n"; exit 1 };
    next if setsockopt($socket, SOL_SOCKET, SO_BINDTODEVICE, pack('Z*', $interface));
    exit 3 if $!{ENODEV};
    # One that is bound already needs CAP_NET_RAW; binding it the first time needs nothing since Linux 5.7.
    print STDERR $!{EPERM} ? "that takes the capability NET_RAW\n" : "$!\n";
    exit 1;
}

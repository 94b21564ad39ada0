#!/usr/bin/perl
# Becomes the program behind `--` when every socket that was handed over (sd_listen_fds(3)) is bound to the interface in
# its name, ROLE@INTERFACE: one that is not would answer machines of another LAN. Node cannot ask a socket that itself.
use strict;
use warnings;
use POSIX ();
use Socket qw(:all);

use constant SO_BINDTODEVICE => 25;    # asm-generic/socket.h; Socket.pm has no name for it

$^F = 1024;    # what is opened here by its number stays open over exec

sub refuse { print STDERR "eims: $_[0]\n"; exit 1 }

refuse('no sockets were handed over; this is started by systemd, by hand it is: ./eims up')
    unless ($ENV{LISTEN_PID} // '') eq $$ && ($ENV{LISTEN_FDS} // 0) > 0;
my @names = split /:/, $ENV{LISTEN_FDNAMES} // '';
my @sockets;
for my $index (0 .. $ENV{LISTEN_FDS} - 1) {
    $! = 0;
    my $name = $names[$index] // '';
    my ($role, $interface) = $name =~ /^([a-z]+)@(.+)$/ or refuse("the socket \"$name\" is none of eims: names are dhcp\@IF, pxe\@IF, tftp\@IF, http\@IF and https\@IF");
    open(my $socket, '+<&=', 3 + $index) or refuse("the socket $name was not handed over: $!");
    push @sockets, $socket;
    my $bound = getsockopt($socket, SOL_SOCKET, SO_BINDTODEVICE) // '';
    refuse("the socket $name is bound to a device that is gone; open it anew: systemctl start eims-reopen") if $bound eq '' && $!{ENODEV};
    $bound =~ s/\0.*//s;
    refuse("the socket $name is bound to " . ($bound eq '' ? 'no interface' : $bound) . ", and would answer machines of other LANs; its unit needs BindToDevice=$interface")
        unless $bound eq $interface;
}
shift @ARGV;
exec { $ARGV[0] } @ARGV or refuse("cannot start $ARGV[0]: $!");

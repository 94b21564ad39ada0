#!/usr/bin/perl
# Opens the sockets that Node cannot open itself, each bound to one interface (SO_BINDTODEVICE), so that nothing of
# another LAN is ever heard, and becomes the program behind `--`, which finds them as systemd would hand them over
# (sd_listen_fds(3)): descriptors from 3 on, named ROLE@INTERFACE. No SO_REUSEADDR on UDP: a taken port must be noticed.
#   usage: open-sockets.pl HTTP-PORT HTTPS-PORT INTERFACE... -- PROGRAM [ARGUMENT...]
use strict;
use warnings;
use POSIX ();
use Socket qw(:all);

use constant { SO_BINDTODEVICE => 25, SO_RCVBUFFORCE => 33 };    # asm-generic/socket.h; Socket.pm has no names for them

my $http_port  = shift @ARGV;
my $https_port = shift @ARGV;
my @interfaces;
while (@ARGV && (my $word = shift @ARGV) ne '--') { push @interfaces, $word }

my %remedy = (
    dhcp  => 'stop the other DHCP server on this machine',
    pxe   => 'stop the other PXE server on this machine',
    tftp  => 'stop the other TFTP server on this machine',
    http  => 'stop that program, or choose another port with --http-port',
    https => 'stop that program, or choose another port with --https-port',
);

sub refuse { print STDERR "eims: $_[0]\n"; exit 1 }

sub open_socket {
    my ($role, $type, $port, $interface) = @_;
    my $what = ($type == SOCK_DGRAM ? 'UDP' : 'TCP') . " port $port on $interface";
    socket(my $socket, AF_INET, $type, 0) or refuse("cannot make a socket: $!");
    setsockopt($socket, SOL_SOCKET, SO_BINDTODEVICE, pack('Z*', $interface))
        or refuse("cannot bind to interface $interface: $!; must be root, and the interface must exist");
    setsockopt($socket, SOL_SOCKET, SO_BROADCAST, 1) if $type == SOCK_DGRAM;
    # Hundreds of machines that are switched on at once; the kernel keeps twice this. Not ours to do in every container.
    setsockopt($socket, SOL_SOCKET, SO_RCVBUFFORCE, 2 * 1024 * 1024) if $type == SOCK_DGRAM;
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) if $type == SOCK_STREAM;    # only past TIME_WAIT
    bind($socket, pack_sockaddr_in($port, INADDR_ANY))
        or refuse($!{EADDRINUSE} ? "$what is taken (ss -lnup; ss -lntp show by whom); $remedy{$role}" : "cannot open $what: $!");
    listen($socket, 511) or refuse("$what is taken: $!; $remedy{$role}") if $type == SOCK_STREAM;
    return $socket;
}

my (@names, @sockets);
for my $interface (@interfaces) {
    for my $wanted (
        ['dhcp',  SOCK_DGRAM,  67],
        ['pxe',   SOCK_DGRAM,  4011],
        ['tftp',  SOCK_DGRAM,  69],
        ['http',  SOCK_STREAM, $http_port],
        ['https', SOCK_STREAM, $https_port],
    ) {
        my ($role, $type, $port) = @$wanted;
        push @sockets, open_socket($role, $type, $port, $interface);
        push @names, "$role\@$interface";
    }
}

# First above everything, then down to 3 and up: a target may be the number of a socket not yet moved.
my $above = 3 + 2 * @sockets + 64;
my @moved = map { POSIX::dup2(fileno($sockets[$_]), $above + $_) // refuse("dup2: $!") } 0 .. $#sockets;
POSIX::dup2($moved[$_], 3 + $_) // refuse("dup2: $!") for 0 .. $#moved;
POSIX::close($_) for @moved;

$ENV{LISTEN_FDS}     = scalar @sockets;
$ENV{LISTEN_FDNAMES} = join ':', @names;
$ENV{LISTEN_PID}     = $$;
exec { $ARGV[0] } @ARGV or refuse("cannot start $ARGV[0]: $!");

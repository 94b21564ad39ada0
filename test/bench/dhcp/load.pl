# A DHCP load generator: keeps OUTSTANDING DISCOVERs of as many machines under way through a relay address, as a
# closed loop, and prints one JSON line. Perl because every Debian has it and it spends less on a packet than the servers.
#   perl load.pl SERVER OWN OUTSTANDING SECONDS MACHINES
# Each machine is an x86 BIOS with a MAC of its own. An answer that does not come within a second counts as lost.
use strict;
use warnings;
use Socket;
use Time::HiRes 'time';

my ($server, $own, $outstanding, $seconds, $machines) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack('l!l!', 1, 0)) or die "SO_RCVTIMEO: $!\n";
bind($socket, sockaddr_in(67, inet_aton($own))) or die "bind: $!\n";
my $to = sockaddr_in(67, inet_aton($server));

# op, htype, hlen, hops | xid | secs, flags | ciaddr, yiaddr, siaddr | giaddr | chaddr, sname, file | cookie, options
my $head = pack('CCCC', 1, 1, 6, 1);
my $middle = pack('nnx12', 4, 0x8000) . inet_aton($own);
my $options = pack('H*', '63825363' . '350101' . '390204ec'
  . '3719' . '0102030506070b0c0d0f1011122b363c438081828384858687'
  . '611100' . '11111111222233334444555555555555' . '5d020000' . '5e03010201'
  . '3c20' . unpack('H*', 'PXEClient:Arch:00000:UNDI:002001') . 'ff');
my @tail = map { $middle . pack('CCN', 0x52, 0x54, $_) . pack('x10') . pack('x192') . $options . pack('x161') } 1 .. $machines;

my $next = 0;
my (%sent, @took);
my $lost = 0;
sub ask {
  my $xid = $next++;
  $sent{$xid} = time;
  send($socket, $head . pack('N', $xid) . $tail[$xid % $machines], 0, $to) or die "send: $!\n";
}

my $begin = time;
my $end = $begin + $seconds;
my ($user0, $system0) = times;
ask() for 1 .. $outstanding;
my $answer;
for (;;) {
  if (defined recv($socket, $answer, 2048, 0)) {
    my $xid = unpack('x4N', $answer);
    my $at = delete $sent{$xid};
    next unless defined $at;
    my $now = time;
    push @took, $now - $at;
    last if $now >= $end;
    ask();
  } else {
    my @late = keys %sent;
    $lost += @late;
    %sent = ();
    last if time >= $end or $lost > 10 * $outstanding;
    ask() for 1 .. $outstanding;
  }
}
my $wall = time - $begin;
my ($user, $system) = times;
die "no answer at all\n" unless @took;
@took = sort { $a <=> $b } @took;
my ($op, $file) = unpack('Cx107Z128', $answer);
printf qq({"offers":%d,"perSecond":%.0f,"medianUs":%.0f,"p99Us":%.0f,"lost":%d,"loadCpu":%.2f,"op":%d,"bytes":%d}\n),
  scalar @took, @took / $wall, 1e6 * $took[@took / 2], 1e6 * $took[@took * 0.99], $lost,
  ($user + $system - $user0 - $system0) / $wall, $op, length $answer;
